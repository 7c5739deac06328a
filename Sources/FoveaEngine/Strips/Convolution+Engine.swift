import FoveaGraph

extension Convolution: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    .strips(self, .unary(inputs[0]), isPointwise ? .pixel : rows(of: inputs[0].shape, to: output))
  }

  private func rows(of input: Shape, to output: Shape) -> Access {
    let reach = { (outputs: Int) in (outputs - 1) * stride - padding + kernel }
    return .rows(
      halo: max(0, kernel - stride),
      coversInput: kernel >= stride && reach(output.height) >= input.height
        && reach(output.width) >= input.width)
  }

  var epilogue: Epilogue { [.norm, .activation, .residual] }
  var isProjection: Bool { kernel == 1 && outputChannels <= inputChannels }

  func stage(of operation: LoweredOperation, _ site: StageSite) throws -> any RowStage {
    let activation = operation.activation.code
    if isDepthwise {
      return DepthwiseStage(
        packed: try site.cache.depthwise(self, norm: operation.norm), kernel: kernel, stride: stride,
        padding: padding, channels: outputChannels, activation: activation)
    }
    let product = try site.cache.product(self, norm: operation.norm)
    if isPointwise {
      return ProductStage(
        product: product, groups: outputChannels / product.columns, activation: activation)
    }
    let rowDepth = ConvolutionStage.rowDepth(
      kernel: kernel, channels: inputChannels / groups, granularity: site.granularity)
    return ConvolutionStage(product: product, convolution: self, rowDepth: rowDepth, activation: activation)
  }
}

extension BatchNorm: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .strips(self, .unary(inputs[0]), .pixel) }

  var epilogue: Epilogue { [.activation, .residual] }

  /// A norm that nothing folds: a depthwise convolution of one tap.
  func stage(of operation: LoweredOperation, _ site: StageSite) throws -> any RowStage {
    DepthwiseStage(
      packed: try site.cache.depthwise(self), kernel: 1, stride: 1, padding: 0,
      channels: operation.output.shape.channels, activation: operation.activation.code)
  }
}

extension TransposedConvolution: StripOperation {
  /// Every pixel has one source, whose rows are a fraction of its own.
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    .strips(self, .unary(inputs[0]), .rows(halo: 0, coversInput: true))
  }

  func stage(of operation: LoweredOperation, _ site: StageSite) throws -> any RowStage {
    try TransposedConvolutionStage(self, site.cache)
  }
}
