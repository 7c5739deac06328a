import FoveaGraph

extension FoveaHybrid {
  /// Image → `stage0` … `stage4`, each `strides` coarser than the one before → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let scope = builder.root["backbone"]["stages"]
    var stages: [Value] = []
    for index in 0..<5 {
      stages.append(stage(scope[index], index, stages.last ?? builder.input()))
      builder.name(stages[index], "stage\(index)")
    }
    builder.name(builder.root.logits(stages, head, of: self), "logits")
    return builder.graph()
  }

  private func stage(_ scope: Scope, _ index: Int, _ input: Value) -> Value {
    let blocks = depths[index]
    switch index {
    case 0:
      let stem = scope[0].convNorm(input, widths[0], kernel: 3, stride: strides[0], style: style)
      return (1...blocks).reduce(stem) { x, block in
        scope[block].residual(x) { $0.separableConvolution($1, x.channels, names: .hybrid, style: style) }
      }
    case 1, 2:
      let halved = scope[0].bottleneck(input, widths[index], stride: strides[index], of: self)
      return (1..<blocks).reduce(halved) { x, block in
        scope[block].bottleneck(x, x.channels, of: self)
      }
    default:
      let halved = scope[0].bottleneck(
        input, widths[index], stride: strides[index], isLight: true, of: self)
      return (1...blocks).reduce(halved) { x, block in
        index == 3 ? scope[block].focusedBlock(x, self) : scope[block].multiScaleBlock(x, self)
      }
    }
  }
}

extension Scope {
  /// An inverted bottleneck, added to its input where the shape allows it.
  func bottleneck(
    _ input: Value, _ outputs: Int, stride: Int = 1, isLight: Bool = false, of model: FoveaHybrid
  ) -> Value {
    let output = invertedBottleneck(
      input, outputs, middle: input.channels * model.expandRatio, stride: stride, names: .hybrid,
      style: model.style, isLight: isLight)
    return stride == 1 && input.channels == outputs ? add(input, output) : output
  }

  /// Conditional position encoding, focused linear attention, MLP; each is added to its input.
  func focusedBlock(_ input: Value, _ model: FoveaHybrid) -> Value {
    let positioned = residual(input) { scope, x in
      scope["position"].convolution(x, outputs: x.channels, kernel: 3, groups: x.channels, bias: true)
    }
    let attended = residual(positioned) { scope, x in
      scope["attention"].focusedAttention(
        scope["norm1"].layerNorm(x, epsilon: model.layerNormEpsilon), model)
    }
    return residual(attended) { scope, x in
      let normed = scope["norm2"].layerNorm(x, epsilon: model.layerNormEpsilon)
      let hidden = scope["fc1"].convolution(normed, outputs: x.channels * model.mlpRatio, bias: true)
      let active = scope.activation(hidden, model.mlpActivation)
      return scope["fc2"].convolution(active, outputs: x.channels, bias: true)
    }
  }

  private func focusedAttention(_ input: Value, _ model: FoveaHybrid) -> Value {
    let channels = input.channels
    let parts = split(self["qkv"].linear(input, outputs: 3 * channels), parts: 3)
    let chosen = ChosenAttention(
      choice: model.attention, headDimension: model.focusedHeadDimension,
      focusingFactor: model.focusingFactor, epsilon: model.focusedAttentionEpsilon, scaleShape: [channels])
    let attended = chosenAttention(parts, chosen) {
      self["dwc"].sharedDepthwise(
        parts[2], kernel: model.rankRestorationKernel, repeats: channels / model.focusedHeadDimension)
    }
    return self["proj"].linear(attended, outputs: channels)
  }

  /// Multi-scale linear attention, then an inverted bottleneck; each is added to its input.
  func multiScaleBlock(_ input: Value, _ model: FoveaHybrid) -> Value {
    let attention = MultiScaleAttention(
      headDimension: model.multiscaleHeadDimension, kernels: model.multiscaleKernels,
      epsilon: model.multiscaleAttentionEpsilon, names: .hybrid, style: model.style)
    let context = self["context"].residual(input) { $0.multiScaleAttention($1, attention) }
    return self["local"].bottleneck(context, context.channels, isLight: true, of: model)
  }
}
