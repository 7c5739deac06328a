import CFoveaKernels
import FoveaGraph

/// Layer normalisation over the channels of each pixel.
struct LayerNormStage: RowStage {
  let weight: AlignedBuffer
  let bias: AlignedBuffer
  let channels: Int
  let epsilon: Float

  func run(_ area: Area, _ maps: StageMaps) {
    maps.forEachRun(area) { row, column, pixels in
      var request = fovea_layer_norm(
        rows: pixels, channels: channels, input: maps.input.pixel(row, column),
        input_stride: maps.input.pixelStride, weight: weight.floats, bias: bias.floats, epsilon: epsilon,
        output: maps.output.pixel(row, column), output_stride: maps.output.pixelStride)
      maps.kernels.pointee.layer_norm(&request)
    }
  }
}

extension LayerNorm: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .strips(self, .unary(inputs[0]), .pixel) }

  func stage(of operation: LoweredOperation, _ site: StageSite) throws -> any RowStage {
    LayerNormStage(
      weight: try site.cache.vector(weight), bias: try site.cache.vector(bias),
      channels: operation.output.shape.channels, epsilon: epsilon)
  }
}

/// A pointwise function that no product took into its epilogue.
struct ActivationStage: RowStage {
  let activation: fovea_activation
  let channels: Int

  func run(_ area: Area, _ maps: StageMaps) {
    maps.forEachRun(area) { row, column, pixels in
      var request = fovea_activate(
        rows: pixels, channels: channels, activation: activation, input: maps.input.pixel(row, column),
        input_stride: maps.input.pixelStride, output: maps.output.pixel(row, column),
        output_stride: maps.output.pixelStride)
      maps.kernels.pointee.activate(&request)
    }
  }
}

extension Activation: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .strips(self, .unary(inputs[0]), .pixel) }

  func stage(of operation: LoweredOperation, _ site: StageSite) -> any RowStage {
    ActivationStage(activation: code, channels: operation.output.shape.channels)
  }
}

/// The sum or product of two maps, of which the second may repeat.
struct CombinationStage: RowStage {
  let combination: fovea_combination
  let channels: Int

  func run(_ area: Area, _ maps: StageMaps) {
    guard let second = maps.second else { return }
    maps.forEachRun(area) { row, column, pixels in
      var request = fovea_combine(
        rows: pixels, channels: channels, combination: combination, left: maps.input.pixel(row, column),
        left_stride: maps.input.pixelStride, right: second.pixel(row, column),
        right_stride: second.pixelStride, output: maps.output.pixel(row, column),
        output_stride: maps.output.pixelStride)
      maps.kernels.pointee.combine(&request)
    }
  }
}

extension Combination: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    .strips(self, .binary(inputs[0], inputs[1]), .pixel)
  }

  func stage(of operation: LoweredOperation, _ site: StageSite) -> any RowStage {
    CombinationStage(
      combination: kind == .add ? FOVEA_ADD : FOVEA_MULTIPLY, channels: operation.output.shape.channels)
  }
}

extension Activation {
  /// The kernels' name of the function.
  var code: fovea_activation {
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
