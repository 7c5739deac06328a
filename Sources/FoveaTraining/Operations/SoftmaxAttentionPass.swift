import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Softmax attention over one image (or window), in blocks of queries.
struct SoftmaxAttentionPass {
  let operation: SoftmaxAttentionOperation
  let image: Int
  let mask: UnsafePointer<Float>?
  let pass: Pass

  private var keys: Int { operation.keys }
  private var queries: Int { operation.queries }
  private var size: Int { pass.elementSize }

  /// A head's channels of the image's tokens of a source, from a token on.
  private func run(_ source: Int, _ head: Int, from token: Int = 0) -> PixelRun {
    let map = operation.sources[source].map
    let width = source < 2 ? operation.keyWidth : operation.valueWidth
    let pixel = map.pixel(image * operation.sources[source].shape.tokens + token)
    return PixelRun(pointer: UnsafeRawPointer(pixel + head * width * size), stride: map.pixelStride)
  }

  /// A matrix of map elements packed as weights: (k, n) = run[k · depthStride + n · columnStride].
  private func pack(
    _ run: PixelRun, depth: Int, columns: Int, depthStride: Int, columnStride: Int,
    _ scratch: inout Scratch
  ) -> UnsafeMutableRawPointer {
    let granularity = pass.kernels.pointee.depth_granularity
    let memory = scratch.take(
      depth.rounded(toMultipleOf: granularity) * columns.rounded(toMultipleOf: Int(FOVEA_PANEL)) * size)
    var request = fovea_pack(
      depth: depth, columns: columns, input: run.pointer, input_is_map: true, depth_stride: depthStride,
      column_stride: columnStride, output: memory)
    pass.kernels.pointee.pack(&request)
    return memory
  }

  private func multiply(
    _ input: PixelRun, rows: Int, _ weights: UnsafeMutableRawPointer, depth: Int, columns: Int,
    plus residual: UnsafeRawPointer? = nil, residualStride: Int = 0, into output: UnsafeMutableRawPointer,
    stride: Int
  ) {
    var tap = fovea_tap(input: input.pointer, first: 0, depth: depth)
    withUnsafePointer(to: &tap) { tap in
      var request = fovea_product(
        rows: rows, columns: columns, input_stride: input.stride, taps: tap, tap_count: 1, weights: weights,
        weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY, residual: residual,
        residual_stride: residualStride, output: output, output_stride: stride)
      pass.kernels.pointee.product(&request)
    }
  }

  /// P of a block of queries, into scores of `keys` columns.
  private func weigh(
    _ head: Int, _ start: Int, _ rows: Int, _ transposed: UnsafeMutableRawPointer,
    bias: UnsafePointer<Float>?, into scores: UnsafeMutableRawPointer
  ) {
    multiply(
      run(0, head, from: start), rows: rows, transposed, depth: operation.keyWidth, columns: keys,
      into: scores,
      stride: keys)
    var request = fovea_softmax(
      rows: rows, columns: keys, input: scores, input_stride: keys, scale: operation.attention.scale,
      bias: bias.map { $0 + start * keys }, bias_stride: keys, mask: mask.map { $0 + start * keys },
      mask_stride: keys, output: scores, output_stride: keys)
    pass.kernels.pointee.softmax(&request)
  }

  private func forEachBlock(_ body: (_ start: Int, _ rows: Int) -> Void) {
    for start in stride(from: 0, to: queries, by: operation.block) {
      body(start, min(operation.block, queries - start))
    }
  }

  /// One head's output.
  func answer(_ head: Int, bias: UnsafePointer<Float>?, _ scratch: Scratch) {
    var scratch = scratch
    let (key, value) = (run(1, head), run(2, head))
    let transposed = pack(
      key, depth: operation.keyWidth, columns: keys, depthStride: 1, columnStride: key.stride, &scratch)
    let values = pack(
      value, depth: keys, columns: operation.valueWidth, depthStride: value.stride, columnStride: 1, &scratch)
    let scores = scratch.take(operation.block * keys * size)
    let map = operation.output.map
    forEachBlock { start, rows in
      weigh(head, start, rows, transposed, bias: bias, into: scores)
      multiply(
        PixelRun(pointer: UnsafeRawPointer(scores), stride: keys), rows: rows, values, depth: keys,
        columns: operation.valueWidth,
        into: map.pixel(image * queries + start) + head * operation.valueWidth * size, stride: map.pixelStride
      )
    }
  }

  /// One head's gradients.
  func sendBack(
    _ head: Int, _ gradients: OutputGradient, bias: UnsafePointer<Float>?,
    biasSums: UnsafeMutablePointer<Float>?, _ scratch: Scratch
  ) {
    var scratch = scratch
    let (keyWidth, valueWidth) = (operation.keyWidth, operation.valueWidth)
    let (key, value) = (run(1, head), run(2, head))
    let transposed = pack(
      key, depth: keyWidth, columns: keys, depthStride: 1, columnStride: key.stride, &scratch)
    let transposedValues = pack(
      value, depth: valueWidth, columns: keys, depthStride: 1, columnStride: value.stride, &scratch)
    let packedKeys = pack(
      key, depth: keys, columns: keyWidth, depthStride: key.stride, columnStride: 1, &scratch)
    let scores = scratch.take(operation.block * keys * size)
    let slopes = scratch.take(operation.block * keys * size)
    let gradientMemory = scratch.take(operation.block * operation.output.map.shape.channels * size)
    let (keySums, valueSums) = (scratch.floats(keys * keyWidth), scratch.floats(keys * valueWidth))
    keySums.update(repeating: 0, count: keys * keyWidth)
    valueSums.update(repeating: 0, count: keys * valueWidth)
    forEachBlock { start, rows in
      let first = image * queries + start
      let gradient = gradients.rows(first..<first + rows, scratch: gradientMemory, pass)
        .skipping(head * valueWidth, pass)
      weigh(head, start, rows, transposed, bias: bias, into: scores)
      let answers = PixelRun(pointer: UnsafeRawPointer(scores), stride: keys)
      addOuter(answers, gradient, rows, valueWidth, to: valueSums)
      multiply(
        gradient, rows: rows, transposedValues, depth: valueWidth, columns: keys, into: slopes, stride: keys)
      var request = fovea_softmax_gradient(
        rows: rows, columns: keys, answers: scores, answers_stride: keys, gradient: slopes,
        gradient_stride: keys, scale: operation.attention.scale,
        bias_sums: biasSums.map { $0 + start * keys }, bias_stride: keys, output: slopes, output_stride: keys)
      pass.kernels.pointee.softmax_gradient(&request)
      let slope = PixelRun(pointer: UnsafeRawPointer(slopes), stride: keys)
      addOuter(slope, run(0, head, from: start), rows, keyWidth, to: keySums)
      if let target = operation.sources[0].gradient {
        let offset = head * keyWidth * size
        multiply(
          slope, rows: rows, packedKeys, depth: keys, columns: keyWidth,
          plus: target.residual(first).map { $0 + offset }, residualStride: target.residualStride,
          into: target.map.pixel(first) + offset, stride: target.map.pixelStride)
      }
    }
    store(keySums, 1, head, keyWidth, &scratch)
    store(valueSums, 2, head, valueWidth, &scratch)
  }

  /// sums[key][c] += Σ rows of left[key] · right[c].
  private func addOuter(
    _ left: PixelRun, _ right: PixelRun, _ rows: Int, _ columns: Int, to sums: UnsafeMutablePointer<Float>
  ) {
    var request = fovea_outer_sums(
      rows: rows, depth: keys, columns: columns, input: left.pointer, input_stride: left.stride,
      gradient: right.pointer, gradient_stride: right.stride, sums: sums, sums_stride: columns)
    pass.kernels.pointee.outer_sums(&request)
  }

  private func store(
    _ sums: UnsafeMutablePointer<Float>, _ source: Int, _ head: Int, _ width: Int, _ scratch: inout Scratch
  ) {
    guard let target = operation.sources[source].gradient else { return }
    let first = image * keys
    var part = scratch
    let memory = part.take(keys * width * size)
    pass.kernels.pointee.convert_from_float(sums, memory, keys * width)
    let offset = head * width * size
    var request = fovea_scale_shift(
      rows: keys, channels: width, input: memory, input_stride: width, scale: nil, shift: nil,
      activation: FOVEA_IDENTITY, residual: target.residual(first).map { $0 + offset },
      residual_stride: target.residualStride, output: target.map.pixel(first) + offset,
      output_stride: target.map.pixelStride)
    pass.kernels.pointee.scale_shift(&request)
  }
}
