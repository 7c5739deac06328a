import FoveaGraph

/// What a transformer's blocks share.
struct TransformerStyle {
  /// ε of the layer norms.
  var normEpsilon: Float
  /// M / C of the MLP.
  var mlpRatio: Int
  /// The MLP's activation.
  var activation = Activation.gelu
}

extension Scope {
  /// y = x + mix(norm1(x)), then y + mlp(norm2(y)): (B, H, W, C) → (B, H, W, C).
  ///
  /// - Parameter feedForward: what stands for the plain MLP, where it is another.
  func transformerBlock(
    _ input: Value, _ style: TransformerStyle, feedForward: ((Scope, Value) -> Value)? = nil,
    mixing: (Scope, Value) -> Value
  ) -> Value {
    let mixed = residual(input) { scope, x in
      mixing(scope, scope["norm1"].layerNorm(x, epsilon: style.normEpsilon))
    }
    return residual(mixed) { scope, x in
      let normed = scope["norm2"].layerNorm(x, epsilon: style.normEpsilon)
      return feedForward?(scope["mlp"], normed) ?? scope["mlp"].feedForward(normed, style)
    }
  }

  /// [C] → [ratio · C] → [C] at every token.
  func feedForward(_ input: Value, _ style: TransformerStyle) -> Value {
    let hidden = self["fc1"].linear(input, outputs: input.channels * style.mlpRatio)
    return self["fc2"].linear(activation(hidden, style.activation), outputs: input.channels)
  }

  /// The classes from the mean over all tokens: (B, H, W, C) → (B, 1, 1, classes).
  func classifyMean(_ input: Value, classes: Int) -> Value {
    self["head"].linear(globalAverage(input), outputs: classes)
  }
}
