import CFoveaKernels

extension PixelRun {
  /// The same pixels from a later channel on.
  func skipping(_ channels: Int, _ pass: Pass) -> PixelRun {
    PixelRun(pointer: pointer + channels * pass.elementSize, stride: stride)
  }
}

extension Pass {
  /// output = input · weights + bias (+ residual), a row of the input a tap.
  func multiply(
    _ input: PixelRun, rows: Int, _ weights: PackedWeights, group: Int = 0, bias: UnsafePointer<Float>?,
    plus residual: UnsafeRawPointer? = nil, residualStride: Int = 0,
    into output: UnsafeMutableRawPointer, stride: Int
  ) {
    var tap = fovea_tap(input: input.pointer, first: 0, depth: weights.depth)
    withUnsafePointer(to: &tap) { tap in
      multiply(
        UnsafeBufferPointer(start: tap, count: 1), inputStride: input.stride, rows: rows, weights,
        group: group, bias: bias, plus: residual, residualStride: residualStride, into: output,
        stride: stride)
    }
  }

  /// The same over several taps.
  func multiply(
    _ taps: UnsafeBufferPointer<fovea_tap>, inputStride: Int, rows: Int, _ weights: PackedWeights,
    group: Int = 0, bias: UnsafePointer<Float>?, plus residual: UnsafeRawPointer? = nil,
    residualStride: Int = 0, into output: UnsafeMutableRawPointer, stride: Int
  ) {
    var request = fovea_product(
      rows: rows, columns: weights.columns, input_stride: inputStride, taps: taps.baseAddress,
      tap_count: taps.count, weights: weights.panels(of: group), weights_depth: weights.depth, bias: bias,
      activation: FOVEA_IDENTITY, residual: residual, residual_stride: residualStride, output: output,
      output_stride: stride)
    kernels.pointee.product(&request)
  }
}
