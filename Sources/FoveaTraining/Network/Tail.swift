import CFoveaKernels
import FoveaGraph

/// A batch norm and an activation after an operation, which are not applied but read through: whoever reads the
/// operation's map computes z = activation(x · scale + shift) of the rows that it needs, in cache.
final class Tail {
  let statistics: BatchStatistics?
  let activation: fovea_activation

  init(statistics: BatchStatistics?, activation: Activation) {
    self.statistics = statistics
    self.activation = activation.kernelCode
  }

  /// activation(x · scale + shift) + other of pixels of a map; a copy without a tail.
  static func apply(
    _ tail: Tail?, _ map: Map, _ pixels: Range<Int>, plus other: PixelRun? = nil,
    to output: UnsafeMutableRawPointer, stride: Int, _ pass: Pass
  ) {
    let isPacked = map.pixelStride == map.shape.channels && stride == map.shape.channels
    if tail == nil, other == nil, isPacked {
      let byteCount = pixels.count * stride * map.elementSize
      return output.copyMemory(from: map.pixel(pixels.lowerBound), byteCount: byteCount)
    }
    var request = fovea_scale_shift(
      rows: pixels.count, channels: map.shape.channels, input: map.pixel(pixels.lowerBound),
      input_stride: map.pixelStride, scale: tail?.statistics?.scale, shift: tail?.statistics?.shift,
      activation: tail?.activation ?? FOVEA_IDENTITY, residual: other?.pointer,
      residual_stride: other?.stride ?? 0, output: output, output_stride: stride)
    pass.kernels.pointee.scale_shift(&request)
  }
}

extension Activation {
  /// The kernels' name of the function.
  var kernelCode: fovea_activation {
    switch self {
    case .identity: FOVEA_IDENTITY
    case .relu: FOVEA_RELU
    case .relu6: FOVEA_RELU6
    case .hardswish: FOVEA_HARDSWISH
    case .gelu: FOVEA_GELU_ERF
    case .geluTanh: FOVEA_GELU_TANH
    case .silu: FOVEA_SILU
    case .sigmoid: FOVEA_SIGMOID
    case .eluPlusOne: FOVEA_ELU_PLUS_ONE
    }
  }
}
