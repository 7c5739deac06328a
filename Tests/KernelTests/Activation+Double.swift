import CFoveaKernels
import Foundation

/// Every pointwise function.
let activations = [
  FOVEA_IDENTITY, FOVEA_RELU, FOVEA_RELU6, FOVEA_HARDSWISH, FOVEA_GELU_ERF, FOVEA_GELU_TANH, FOVEA_SILU,
  FOVEA_SIGMOID, FOVEA_ELU_PLUS_ONE,
]

/// The pointwise functions by their definitions, in float64.
func activated(_ activation: fovea_activation, _ x: Double) -> Double {
  switch activation {
  case FOVEA_RELU: max(x, 0)
  case FOVEA_RELU6: min(max(x, 0), 6)
  case FOVEA_HARDSWISH: x * min(max(x + 3, 0), 6) / 6
  case FOVEA_GELU_ERF: x * erfc(-x / 2.0.squareRoot()) / 2
  case FOVEA_GELU_TANH: x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x)))
  case FOVEA_SILU: x / (1 + exp(-x))
  case FOVEA_SIGMOID: 1 / (1 + exp(-x))
  case FOVEA_ELU_PLUS_ONE: x > 0 ? x + 1 : exp(x)
  default: x
  }
}

/// The error of a float32 evaluation: a few units in the last place of the larger of |x| and 1, for the
/// two GELUs of |x| alone near zero. For elements of 8 bits x · σ(u) is an estimate, within an eighth of their
/// last place: σ within 2⁻¹², and u within that where it is a polynomial.
func activationTolerance(_ activation: fovea_activation, _ x: Double, _ precision: fovea_precision) -> Double
{
  switch activation {
  case FOVEA_IDENTITY, FOVEA_RELU, FOVEA_RELU6: 0
  case FOVEA_HARDSWISH: 0x1p-22 * abs(x)
  case FOVEA_SIGMOID, FOVEA_ELU_PLUS_ONE: 0x1p-22 * max(abs(x), 1)
  default: 0x1p-21 * abs(x) + (precision == FOVEA_FLOAT32 ? 0 : 0x1p-11 * abs(activated(activation, x)))
  }
}

/// Their derivatives, at a corner that of the flat side.
func slope(_ activation: fovea_activation, _ x: Double) -> Double {
  switch activation {
  case FOVEA_RELU: return x > 0 ? 1 : 0
  case FOVEA_RELU6: return x > 0 && x < 6 ? 1 : 0
  case FOVEA_HARDSWISH: return x <= -3 ? 0 : x >= 3 ? 1 : (2 * x + 3) / 6
  case FOVEA_GELU_ERF:
    return erfc(-x / 2.0.squareRoot()) / 2 + x * exp(-x * x / 2) / (2 * Double.pi).squareRoot()
  case FOVEA_GELU_TANH:
    let root = (2 / Double.pi).squareRoot()
    let t = tanh(root * (x + 0.044715 * x * x * x))
    return (1 + t) / 2 + x / 2 * (1 - t * t) * root * (1 + 3 * 0.044715 * x * x)
  case FOVEA_SILU: return 1 / (1 + exp(-x)) + x * exp(-x) / pow(1 + exp(-x), 2)
  case FOVEA_SIGMOID: return exp(-x) / pow(1 + exp(-x), 2)
  case FOVEA_ELU_PLUS_ONE: return x > 0 ? 1 : exp(x)
  default: return 1
  }
}

/// Whether the derivative jumps within `distance` of x.
func isCorner(_ activation: fovea_activation, _ x: Double, within distance: Double) -> Bool {
  let corners: [Double]
  switch activation {
  case FOVEA_RELU: corners = [0]
  case FOVEA_RELU6: corners = [0, 6]
  case FOVEA_HARDSWISH: corners = [-3, 3]
  default: corners = []
  }
  return corners.contains { abs(x - $0) <= distance }
}

/// The error of a float32 derivative: a few units in the last place of 1, and in the flat tails of a product
/// of x with a density.
func slopeTolerance(_ activation: fovea_activation, _ x: Double) -> Double {
  switch activation {
  case FOVEA_IDENTITY, FOVEA_RELU, FOVEA_RELU6: 0
  default: 0x1p-21 * max(1, min(abs(x), 4))
  }
}

/// The derivative of a smooth function of float64 by differences of the fourth order, good to about 10⁻¹¹ of
/// the function's size.
func derivative(at x: Double = 0, of function: (Double) -> Double) -> Double {
  let h = 1e-3
  let near = function(x + h) - function(x - h), far = function(x + 2 * h) - function(x - 2 * h)
  return (8 * near - far) / (12 * h)
}
