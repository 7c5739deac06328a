import CFoveaKernels
import FoveaGraph

/// A row stage with the maps that it reads.
struct MadeStage {
  var stage: any RowStage
  var input: Value
  var second: Value?
}

extension PlanBuilder {
  /// The row stage of an operation.
  func stage(for operation: LoweredOperation) throws -> MadeStage {
    let (cache, shape) = (context.cache, context.shape(operation.output))
    let input = operation.inputs[0]
    let activation = operation.activation.code
    switch context.node(operation).operation {
    case .convolution(let convolution):
      return MadeStage(stage: try stage(for: convolution, operation), input: input)
    case .batchNorm(let norm):
      let stage = DepthwiseStage(
        packed: try cache.depthwise(norm), kernel: 1, stride: 1, padding: 0, channels: shape.channels,
        activation: activation)
      return MadeStage(stage: stage, input: input)
    case .layerNorm(let norm):
      let stage = LayerNormStage(
        weight: try cache.vector(norm.weight), bias: try cache.vector(norm.bias), channels: shape.channels,
        epsilon: norm.epsilon)
      return MadeStage(stage: stage, input: input)
    case .activation(let function):
      return MadeStage(
        stage: ActivationStage(activation: function.code, channels: shape.channels), input: input)
    case .combine(let combination):
      let kind = combination.kind == .add ? FOVEA_ADD : FOVEA_MULTIPLY
      let stage = CombinationStage(combination: kind, channels: shape.channels)
      return MadeStage(stage: stage, input: input, second: operation.inputs[1])
    case .rotary(let encoding):
      let stage = RotaryStage(encoding, shape: shape, elementSize: context.settings.elementSize)
      return MadeStage(stage: stage, input: input)
    case .resize(let resize):
      let stage = ResampleStage(
        from: context.shape(input), to: shape, method: resize.method)
      return MadeStage(stage: stage, input: input)
    case .spaceToDepth:
      return MadeStage(
        stage: SpaceToDepthStage(channels: input.channels, elementSize: context.settings.elementSize),
        input: input)
    case .transposedConvolution(let convolution):
      return MadeStage(stage: try TransposedConvolutionStage(convolution, cache), input: input)
    case .linearAttention(let attention):
      let stage = AttentionApplyStage(
        shape: try attentionShape(attention, operation), elementSize: context.settings.elementSize)
      return MadeStage(
        stage: stage, input: input,
        second: operation.inputs.count > 3 && attention.layout == .separate ? operation.inputs[3] : nil)
    default:
      preconditionFailure("\(context.node(operation).path) does not run row by row")
    }
  }

  private func stage(
    for convolution: Convolution, _ operation: LoweredOperation
  ) throws -> any RowStage {
    let activation = operation.activation.code
    if convolution.isDepthwise {
      return DepthwiseStage(
        packed: try context.cache.depthwise(convolution, norm: operation.norm), kernel: convolution.kernel,
        stride: convolution.stride, padding: convolution.padding, channels: convolution.outputChannels,
        activation: activation)
    }
    let product = try context.cache.product(convolution, norm: operation.norm)
    if convolution.isPointwise {
      return ProductStage(
        product: product, groups: convolution.outputChannels / product.columns, activation: activation)
    }
    let rowDepth = ConvolutionStage.rowDepth(
      kernel: convolution.kernel, channels: convolution.inputChannels / convolution.groups,
      granularity: context.cache.kernels.pointer.pointee.depth_granularity)
    return ConvolutionStage(
      product: product, convolution: convolution, rowDepth: rowDepth, activation: activation)
  }
}
