import FoveaGraph

/// A layer's weight and bias: where their values lie, and where their gradients are summed.
struct LayerParameters {
  let weight: UnsafeMutablePointer<Float>
  /// Nil where the layer has none.
  let bias: UnsafeMutablePointer<Float>?
  /// Nil where the weight is frozen.
  let weightGradient: UnsafeMutablePointer<Float>?
  /// Nil where there is no bias, or it is frozen.
  let biasGradient: UnsafeMutablePointer<Float>?

  init(weight: Parameter, bias: Parameter?, _ parameters: OperationParameters) {
    self.weight = parameters.values(weight)
    self.bias = bias.map(parameters.values)
    weightGradient = parameters.gradient(weight)
    biasGradient = bias.flatMap(parameters.gradient)
  }

  /// Whether backward sums anything.
  var isTrained: Bool { weightGradient != nil || biasGradient != nil }
}
