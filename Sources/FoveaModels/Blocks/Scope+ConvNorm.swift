import FoveaGraph

/// What follows a convolution, in the way that a family's code has it.
struct ConvNormStyle {
  /// ε of the batch normalisation.
  var normEpsilon: Float
  /// The activation of the layers that have one.
  var activation: Activation
}

extension Scope {
  /// Convolution `conv`, batch normalisation `norm`, activation: (B, H, W, I) → (B, H', W', O).
  ///
  /// Without a normalisation the convolution has a bias.
  func convNorm(
    _ input: Value, _ outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1,
    style: ConvNormStyle, isNormed: Bool = true, isActive: Bool = true, bias: Bool? = nil
  ) -> Value {
    var x = self["conv"].convolution(
      input, outputs: outputs, kernel: kernel, stride: stride, groups: groups, bias: bias ?? !isNormed)
    if isNormed { x = self["norm"].batchNorm(x, epsilon: style.normEpsilon) }
    return isActive ? activation(x, style.activation) : x
  }

  /// A layer and its input, added.
  func residual(_ input: Value, _ layer: (Scope, Value) -> Value) -> Value {
    add(input, layer(self, input))
  }
}
