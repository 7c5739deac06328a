import Foundation
import FoveaGraph

extension Activation: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    FeatureMap(shape: shape, values: inputs[0].values.map { Float(value(at: Double($0))) })
  }

  /// The function's value at x.
  func value(at x: Double) -> Double {
    switch self {
    case .identity: x
    case .relu: max(x, 0)
    case .relu6: min(max(x, 0), 6)
    case .hardswish: x * min(max(x + 3, 0), 6) / 6
    case .gelu: x * (1 + erf(x * 0.5.squareRoot())) / 2
    case .geluTanh: x * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))) / 2
    case .silu: x / (1 + exp(-x))
    case .sigmoid: 1 / (1 + exp(-x))
    case .eluPlusOne: x > 0 ? x + 1 : exp(x)
    }
  }
}
