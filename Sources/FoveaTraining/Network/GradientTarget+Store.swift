import CFoveaKernels

extension GradientTarget {
  /// Writes rows that stand side by side, plus what was collected.
  func store(_ rows: UnsafeMutableRawPointer, _ pixels: Range<Int>, _ pass: Pass) {
    var request = fovea_scale_shift(
      rows: pixels.count, channels: map.shape.channels, input: rows, input_stride: map.shape.channels,
      scale: nil, shift: nil, activation: FOVEA_IDENTITY, residual: residual(pixels.lowerBound),
      residual_stride: residualStride, output: map.pixel(pixels.lowerBound),
      output_stride: map.pixelStride)
    pass.kernels.pointee.scale_shift(&request)
  }
}
