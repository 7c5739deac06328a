/// Pointwise functions of the models.
public enum Activation: String, Sendable, CaseIterable, Codable {
  case identity
  case relu
  case relu6
  /// x · min(max(x + 3, 0), 6) / 6
  case hardswish = "hswish"
  /// x · Φ(x), with the error function.
  case gelu
  /// GELU by the tanh approximation.
  case geluTanh = "gelu_tanh"
  /// x · σ(x)
  case silu
  case sigmoid
  /// ELU(x) + 1, which is positive: a feature map of linear attention.
  case eluPlusOne = "elu_plus_one"
}
