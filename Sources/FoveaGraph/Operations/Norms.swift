/// Batch normalisation with stored statistics: (x − mean) / √(variance + ε) · weight + bias, by channel.
public struct BatchNorm: OperationRules {
  /// γ, (C).
  public var weight: Parameter
  /// β, (C).
  public var bias: Parameter
  /// The running mean, (C).
  public var mean: Parameter
  /// The running variance, (C).
  public var variance: Parameter
  /// ε, which belongs to the checkpoint.
  public var epsilon: Float

  /// The input's own shape.
  public func outputShape(for inputs: [Shape]) -> Shape { inputs[0] }
  /// γ, β, the mean and the variance.
  public var parameters: [Parameter] { [weight, bias, mean, variance] }
}

/// Layer normalisation over the channels of each pixel: (x − mean) / √(variance + ε) · weight + bias.
public struct LayerNorm: OperationRules {
  /// γ, (C).
  public var weight: Parameter
  /// β, (C).
  public var bias: Parameter
  /// ε, which belongs to the checkpoint.
  public var epsilon: Float

  /// The input's own shape.
  public func outputShape(for inputs: [Shape]) -> Shape { inputs[0] }
  /// γ and β.
  public var parameters: [Parameter] { [weight, bias] }
}
