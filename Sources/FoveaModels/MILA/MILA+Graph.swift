import FoveaGraph

extension MILA {
  /// Image → `layers.0` …, each after its downsampling → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let root = builder.root
    var x = root["patch_embed"].stem(builder.input(), self)
    for (index, depth) in depths.enumerated() {
      let layer = root["layers"][index]
      for block in 0..<depth { x = layer["blocks"][block].gatedBlock(x, heads: heads[index], self) }
      if index < depths.count - 1 { x = layer["downsample"]["conv"].downsampled(x, self) }
      builder.name(x, "layers.\(index)")
    }
    let normed = root["norm"].layerNorm(x, epsilon: normEpsilon)
    builder.name(root.classifyMean(normed, classes: classCount), "logits")
    return builder.graph()
  }

  fileprivate var convolutional: ConvNormStyle { ConvNormStyle(normEpsilon: normEpsilon, activation: .relu) }
}

extension Scope {
  /// Image → (B, H/4, W/4, C) by overlapping convolutions.
  fileprivate func stem(_ image: Value, _ model: MILA) -> Value {
    let (width, style) = (model.width, model.convolutional)
    let halved = self["conv1"].convNorm(image, width / 2, kernel: 3, stride: 2, style: style)
    let mixed = self["conv2"].residual(halved) { scope, x in
      let near = scope[0].convNorm(x, width / 2, kernel: 3, style: style)
      return scope[1].convNorm(near, width / 2, kernel: 3, style: style, isActive: false)
    }
    let quartered = self["conv3"][0].convNorm(mixed, 4 * width, kernel: 3, stride: 2, style: style)
    return self["conv3"][1].convNorm(quartered, width, style: style, isActive: false)
  }

  /// (B, H, W, C) → (B, ⌈H/2⌉, ⌈W/2⌉, 2C) by an inverted bottleneck.
  fileprivate func downsampled(_ input: Value, _ model: MILA) -> Value {
    let outputs = 2 * input.channels
    let (middle, style) = (outputs * model.mlpRatio, model.convolutional)
    let wide = self[0].convNorm(input, middle, style: style, isNormed: false)
    let halved = self[1].convNorm(
      wide, middle, kernel: 3, stride: 2, groups: middle, style: style, isNormed: false)
    return self[2].convNorm(halved, outputs, style: style, isActive: false, bias: true)
  }

  /// Position, gated attention, position, MLP (figure 3c of the paper); each is added to its input.
  fileprivate func gatedBlock(_ input: Value, heads: Int, _ model: MILA) -> Value {
    let positioned = residual(input) { $0["cpe1"].depthwise($1) }
    let attended = residual(positioned) { scope, x in
      let channels = x.channels
      let normed = scope["norm1"].layerNorm(x, epsilon: model.normEpsilon)
      let gate = scope.activation(scope["act_proj"].linear(normed, outputs: channels), .silu)
      let mixed = scope["dwc"].depthwise(scope["in_proj"].linear(normed, outputs: channels))
      let tokens = scope["attn"].rotaryAttention(scope.activation(mixed, .silu), heads: heads, model)
      return scope["out_proj"].linear(scope.multiply(tokens, gate), outputs: channels)
    }
    let again = residual(attended) { $0["cpe2"].depthwise($1) }
    return residual(again) { scope, x in
      let style = TransformerStyle(normEpsilon: model.normEpsilon, mlpRatio: model.mlpRatio)
      return scope["mlp"].feedForward(scope["norm2"].layerNorm(x, epsilon: model.normEpsilon), style)
    }
  }

  /// A depthwise 3×3 convolution with bias.
  private func depthwise(_ input: Value) -> Value {
    convolution(input, outputs: input.channels, kernel: 3, groups: input.channels, bias: true)
  }

  /// ELU + 1 linear attention: q and k turn by their position, the normaliser's do not; the values are the
  /// input itself, and their depthwise term is added (LePE).
  private func rotaryAttention(_ input: Value, heads: Int, _ model: MILA) -> Value {
    let pair = split(self["qk"].linear(input, outputs: 2 * input.channels), parts: 2)
      .map { activation($0, .eluPlusOne) }
    return linearAttention(
      query: rotary(pair[0]), key: rotary(pair[1]), value: input,
      normaliserQuery: pair[0], normaliserKey: pair[1], headDimension: input.channels / heads,
      featureMap: .identity, epsilon: model.attentionEpsilon, averagesKeys: true,
      depthwise: self["lepe"].depthwise(input))
  }
}
