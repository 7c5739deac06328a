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
/// two GELUs of |x| alone near zero.
func activationTolerance(_ activation: fovea_activation, _ x: Double) -> Double {
  switch activation {
  case FOVEA_IDENTITY, FOVEA_RELU, FOVEA_RELU6: 0
  case FOVEA_HARDSWISH: 0x1p-22 * abs(x)
  case FOVEA_SIGMOID, FOVEA_ELU_PLUS_ONE: 0x1p-22 * max(abs(x), 1)
  default: 0x1p-21 * abs(x)
  }
}
