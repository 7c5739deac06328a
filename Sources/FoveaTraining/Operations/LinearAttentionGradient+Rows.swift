import CFoveaKernels
import FoveaEngine
import FoveaGraph

// Rows of heads as float32 and back, and the products of one head.
extension LinearAttentionGradient {
  /// φ of all heads of pixels, float32, [pixels][heads · width].
  func features(
    _ place: Place, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer, into floats: Rows
  ) {
    let features = operation.features
    let target = pass.elementSize == 4 ? UnsafeMutableRawPointer(floats) : memory
    if features.isFocused {
      let run = place(operation.heads[0]).run(operation.sources, pixels, pass)
      _ = features.features(run, rows: pixels.count, channels: keyChannels, into: target, pass)
    } else {
      for (index, head) in operation.heads.enumerated() {
        let run = place(head).run(operation.sources, pixels, pass)
        _ = features.features(
          run, rows: pixels.count, channels: keyWidth, into: target + index * keyWidth * pass.elementSize,
          stride: keyChannels, pass)
      }
    }
    if pass.elementSize != 4 {
      pass.kernels.pointee.convert_to_float(memory, floats, pixels.count * keyChannels)
    }
  }

  /// Rows of map elements as float32.
  func load(_ run: PixelRun, rows: Int, channels: Int, into floats: Rows, stride: Int) {
    for row in 0..<rows {
      pass.kernels.pointee.convert_to_float(
        run.pointer + row * run.stride * pass.elementSize, floats + row * stride, channels)
    }
  }

  /// Weights (value, key) of sums stored as [key][value].
  func packTransposed(_ sums: UnsafePointer<Float>, _ weights: Rows) {
    pack(sums, depth: valueWidth, columns: keyWidth, 1, valueWidth, weights)
  }

  func pack(
    _ values: UnsafePointer<Float>, depth: Int, columns: Int, _ depthStride: Int, _ columnStride: Int,
    _ weights: Rows
  ) {
    var request = fovea_pack(
      depth: depth, columns: columns, input: values, input_is_map: false, depth_stride: depthStride,
      column_stride: columnStride, output: weights)
    pass.floatKernels.pointee.pack(&request)
  }

  func multiply(
    _ input: Rows, stride: Int, rows: Int, depth: Int, columns: Int, _ weights: Rows, into output: Rows,
    stride outputStride: Int
  ) {
    var tap = fovea_tap(input: input, first: 0, depth: depth)
    withUnsafePointer(to: &tap) { tap in
      var request = fovea_product(
        rows: rows, columns: columns, input_stride: stride, taps: tap, tap_count: 1, weights: weights,
        weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY, residual: nil, residual_stride: 0,
        output: output, output_stride: outputStride)
      pass.floatKernels.pointee.product(&request)
    }
  }

  /// Float32 rows as map elements, where they are others.
  func elements(
    _ floats: Rows, _ count: Int, _ memory: UnsafeMutableRawPointer
  ) -> UnsafeMutableRawPointer {
    if pass.elementSize == 4 { return UnsafeMutableRawPointer(floats) }
    pass.kernels.pointee.convert_from_float(floats, memory, count)
    return memory
  }

  /// Through φ's gradient to the sources.
  func send(_ floats: Rows, _ place: Place, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer) {
    let rows = elements(floats, pixels.count * keyChannels, memory)
    let features = operation.features
    for (index, head) in operation.heads.enumerated() where index == 0 || !features.isFocused {
      let place = place(head)
      let count = features.isFocused ? keyChannels : keyWidth
      let run = place.run(operation.sources, pixels, pass)
      let start = rows + index * keyWidth * pass.elementSize
      let gradient = PixelRun(pointer: UnsafeRawPointer(start), stride: keyChannels)
      guard let target = operation.sources[place.source].gradient else { continue }
      let isDirect = target.collected == nil
      let offset = place.channel * pass.elementSize
      features.gradient(
        run, gradient, rows: pixels.count, channels: count, sums: scaleSums,
        into: isDirect ? target.map.pixel(pixels.lowerBound) + offset : start,
        stride: isDirect ? target.map.pixelStride : keyChannels, pass)
      if !isDirect { put(start, stride: keyChannels, place, count, pixels) }
    }
  }

  func store(_ floats: Rows, _ pixels: Range<Int>, _ memory: UnsafeMutableRawPointer) {
    let count = pixels.count * valueChannels
    if operation.share != 1 { for index in 0..<count { floats[index] *= operation.share } }
    let rows = elements(floats, count, memory)
    for (index, head) in operation.heads.enumerated() {
      put(rows + index * valueWidth * pass.elementSize, stride: valueChannels, head.value, valueWidth, pixels)
    }
  }

  /// Rows of channels to a head's place in the source's gradient.
  func put(
    _ start: UnsafeMutableRawPointer, stride: Int, _ place: AttentionHead.Place, _ count: Int,
    _ pixels: Range<Int>
  ) {
    guard let target = operation.sources[place.source].gradient else { return }
    let offset = place.channel * pass.elementSize
    var request = fovea_scale_shift(
      rows: pixels.count, channels: count, input: start, input_stride: stride, scale: nil, shift: nil,
      activation: FOVEA_IDENTITY, residual: target.residual(pixels.lowerBound).map { $0 + offset },
      residual_stride: target.residualStride, output: target.map.pixel(pixels.lowerBound) + offset,
      output_stride: target.map.pixelStride)
    pass.kernels.pointee.scale_shift(&request)
  }
}
