import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A depthwise convolution of any kernel and stride, row by row: an image's rows pass through a ring in cache.
///
/// Backward goes through an image once: a row of dy adds to the weights' gradient while the input rows under it
/// are at hand, and every input row's gradient follows as soon as all rows of dy that saw it are.
final class DepthwiseConvolution: DifferentiableOperation {
  private let convolution: Convolution
  private let source: Source
  private let output: Output
  private let layer: LayerParameters
  private let stored: Int, channels: Int, taps: Int
  private let bands: Bands
  /// [taps][C], and in reverse order for backward at stride 1; then the bias of all channels.
  private var forwardWeights: Storage?
  private var backwardWeights: Storage?
  private var sums: GroupSums?

  init(_ convolution: Convolution, _ sources: [Source], _ output: Output, _ parameters: OperationParameters) {
    self.convolution = convolution
    source = sources[0]
    self.output = output
    layer = LayerParameters(weight: convolution.weight, bias: convolution.bias, parameters)
    channels = convolution.outputChannels
    stored = channels / convolution.repeats
    taps = convolution.kernel * convolution.kernel
    bands = Bands(images: output.map.shape.batch, height: output.map.shape.height)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [layer.weightGradient != nil]) }

  /// Rows of dy that one input row and one output row can see.
  private var gradientCapacity: Int { convolution.kernel + 1 }

  var scratchBytes: Int {
    RowRing.bytes(source.shape, capacity: convolution.kernel, elementSize: source.elementSize)
      + RowRing.bytes(output.map.shape, capacity: gradientCapacity, elementSize: source.elementSize)
      + convolution.kernel * 8 + 128
  }

  func plan(_ planner: WorkspacePlanner) {
    forwardWeights = planner.forward((taps + 1) * channels * 4)
    if source.gradient != nil { backwardWeights = planner.backward(taps * channels * 4) }
    if layer.isTrained {
      sums = GroupSums(groups: bands.groups, count: (taps + 1) * channels, planner.backward)
    }
  }

  /// (C, 1, k, k) → [k · k][C], the kernels repeated over the channels.
  private func arrange(_ target: UnsafeMutablePointer<Float>, isReversed: Bool) {
    for tap in 0..<taps {
      let row = target + (isReversed ? taps - 1 - tap : tap) * channels
      for channel in 0..<channels { row[channel] = layer.weight[channel % stored * taps + tap] }
    }
  }

  func forward(_ pass: Pass) {
    guard let weights = forwardWeights?.floats else { return }
    arrange(weights, isReversed: false)
    let biases = weights + taps * channels
    if let bias = layer.bias { for channel in 0..<channels { biases[channel] = bias[channel % stored] } }
    output.begin()
    let shape = output.map.shape
    pass.workers.run(groups: bands.groups) { group, scratch in
      for item in bands.items(of: group) {
        var scratch = scratch
        let image = bands.image(of: item)
        var ring = RowRing(source, image: image, capacity: convolution.kernel, &scratch, pass)
        let rows = Self.pointers(convolution.kernel, &scratch)
        for y in bands.share(of: item, shape.height) {
          collect(&ring, under: y, rows)
          let first = (image * shape.height + y) * shape.width
          var request = fovea_depthwise(
            output_width: shape.width, channels: channels, input_width: source.shape.width,
            kernel_height: convolution.kernel, kernel_width: convolution.kernel, stride: convolution.stride,
            padding: convolution.padding, rows: rows.baseAddress, input_stride: ring.stride,
            weights: weights, bias: layer.bias == nil ? nil : UnsafePointer(biases),
            activation: FOVEA_IDENTITY,
            residual: nil, residual_stride: 0, output: output.map.pixel(first),
            output_stride: output.map.pixelStride)
          pass.kernels.pointee.depthwise(&request)
          output.finished(first..<first + shape.width, group: group, pass)
        }
      }
    }
    output.complete(pass)
  }

  static func pointers(_ count: Int, _ scratch: inout Scratch) -> UnsafeMutableBufferPointer<
    UnsafeRawPointer?
  > {
    let memory = scratch.take(count * 8).bindMemory(to: UnsafeRawPointer?.self, capacity: count)
    return UnsafeMutableBufferPointer(start: memory, count: count)
  }

  /// The input rows under an output row.
  private func collect(
    _ ring: inout RowRing, under y: Int, _ rows: UnsafeMutableBufferPointer<UnsafeRawPointer?>
  ) {
    for ky in 0..<convolution.kernel {
      rows[ky] = ring.row(y * convolution.stride - convolution.padding + ky)
    }
  }
}

extension DepthwiseConvolution {
  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    if let backwardWeights { arrange(backwardWeights.floats, isReversed: convolution.stride == 1) }
    pass.workers.run(groups: bands.groups) { group, scratch in
      sums?.clear(group)
      for item in bands.items(of: group) {
        var scratch = scratch
        let image = bands.image(of: item)
        var inputs = RowRing(source, image: image, capacity: convolution.kernel, &scratch, pass)
        var ring = RowRing(gradients, image: image, capacity: gradientCapacity, &scratch, pass)
        let rows = Self.pointers(convolution.kernel, &scratch)
        let own = bands.share(of: item, source.shape.height)
        var next = own.lowerBound
        for y in bands.share(of: item, output.map.shape.height) {
          addWeights(&inputs, &ring, y, group, rows, pass)
          // rows of the input whose last reader is this row of the output
          let ready = min(own.upperBound, (y + 1) * convolution.stride - convolution.padding)
          while next < ready {
            sendBack(&ring, next, image, rows, pass)
            next += 1
          }
        }
        while next < own.upperBound {
          sendBack(&ring, next, image, rows, pass)
          next += 1
        }
      }
    }
    mergeSums(pass)
  }

  private func addWeights(
    _ inputs: inout RowRing, _ ring: inout RowRing, _ y: Int, _ group: Int,
    _ rows: UnsafeMutableBufferPointer<UnsafeRawPointer?>, _ pass: Pass
  ) {
    guard let sums = sums?.sums(group), let gradient = ring.row(y) else { return }
    if layer.weightGradient != nil {
      collect(&inputs, under: y, rows)
      var request = fovea_depthwise_sums(
        output_width: output.map.shape.width, channels: channels, input_width: source.shape.width,
        kernel_height: convolution.kernel, kernel_width: convolution.kernel, stride: convolution.stride,
        padding: convolution.padding, rows: rows.baseAddress, input_stride: inputs.stride,
        gradient: gradient, gradient_stride: ring.stride, sums: sums)
      pass.kernels.pointee.depthwise_sums(&request)
    }
    if layer.biasGradient != nil {
      var request = fovea_column_sums(
        rows: output.map.shape.width, channels: channels, input: gradient, input_stride: ring.stride,
        sums: sums + taps * channels)
      pass.kernels.pointee.column_sums(&request)
    }
  }

  /// The gradient of one input row.
  private func sendBack(
    _ ring: inout RowRing, _ y: Int, _ image: Int, _ rows: UnsafeMutableBufferPointer<UnsafeRawPointer?>,
    _ pass: Pass
  ) {
    guard let target = source.gradient, let weights = backwardWeights?.floats else { return }
    let (kernel, stride, padding) = (convolution.kernel, convolution.stride, convolution.padding)
    let shape = source.shape
    let first = (image * shape.height + y) * shape.width
    for ky in 0..<kernel {
      let position = y + padding - ky
      let row = position >= 0 && position % stride == 0 ? ring.row(position / stride) : nil
      rows[stride == 1 ? kernel - 1 - ky : ky] = row
    }
    if stride == 1 {
      var request = fovea_depthwise(
        output_width: shape.width, channels: channels, input_width: output.map.shape.width,
        kernel_height: kernel, kernel_width: kernel, stride: 1, padding: kernel - 1 - padding,
        rows: rows.baseAddress, input_stride: ring.stride, weights: weights, bias: nil,
        activation: FOVEA_IDENTITY, residual: target.residual(first),
        residual_stride: target.residualStride, output: target.map.pixel(first),
        output_stride: target.map.pixelStride)
      pass.kernels.pointee.depthwise(&request)
    } else {
      var request = fovea_depthwise_input_gradient(
        output_width: output.map.shape.width, channels: channels, input_width: shape.width,
        kernel_height: kernel, kernel_width: kernel, stride: stride, padding: padding,
        gradients: rows.baseAddress, gradient_stride: ring.stride, weights: weights,
        residual: target.residual(first), residual_stride: target.residualStride,
        output: target.map.pixel(first), output_stride: target.map.pixelStride)
      pass.kernels.pointee.depthwise_input_gradient(&request)
    }
  }

  /// [k · k][C] → (C, 1, k, k), heads that share a kernel added.
  private func mergeSums(_ pass: Pass) {
    guard let totals = sums?.total(pass) else { return }
    for channel in 0..<channels {
      let kernel = channel % stored
      if let weightGradient = layer.weightGradient {
        for tap in 0..<taps { weightGradient[kernel * taps + tap] += totals[tap * channels + channel] }
      }
      if let biasGradient = layer.biasGradient { biasGradient[kernel] += totals[taps * channels + channel] }
    }
  }
}
