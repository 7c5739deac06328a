import CFoveaKernels
import FoveaEngine

/// Adam with decoupled weight decay (Loshchilov and Hutter, "Decoupled Weight Decay Regularization", ICLR 2019).
public final class AdamW: Optimiser {
  /// The part of the weights that a step of rate 1 takes away.
  public let decay: Double
  /// How long the mean of gradients lasts.
  public let beta1: Double
  /// How long the mean of their squares lasts.
  public let beta2: Double
  /// ε, added to the root of the mean square.
  public let epsilon: Double
  /// Steps taken so far.
  public var steps = 0
  private var first: [Float]
  private var second: [Float]

  /// Moments of zeros for `count` values.
  public init(
    count: Int, decay: Double = 0.01, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8
  ) {
    (self.decay, self.beta1, self.beta2, self.epsilon) = (decay, beta1, beta2, epsilon)
    first = [Float](repeating: 0, count: count)
    second = first
  }

  /// θ ← θ − rate·λ·θ − rate · m̂ / (√v̂ + ε).
  public func step(
    _ values: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    groups: [ParameterGroup], rate: Double, gradientScale: Float = 1
  ) {
    precondition(
      values.count == first.count && gradients.count == first.count,
      "AdamW of \(first.count) values was given \(values.count) and \(gradients.count) gradients")
    steps += 1
    let corrections = (1 - power(beta1, steps), 1 - power(beta2, steps))
    first.withUnsafeMutableBufferPointer { first in
      second.withUnsafeMutableBufferPointer { second in
        for group in groups where !group.range.isEmpty {
          let start = group.range.lowerBound
          var request = fovea_adamw(
            count: group.range.count, values: values.baseAddress.map { $0 + start },
            gradients: gradients.baseAddress.map { $0 + start }, first: first.baseAddress.map { $0 + start },
            second: second.baseAddress.map { $0 + start }, gradient_scale: gradientScale,
            rate: Float(rate) * group.rateScale, decay: Float(decay) * group.decayScale, beta1: Float(beta1),
            beta2: Float(beta2), epsilon: Float(epsilon), correction1: Float(corrections.0),
            correction2: Float(corrections.1))
          flushingDenormals { KernelTable.float32.pointer.pointee.adamw(&request) }
        }
      }
    }
  }

  /// The two moments.
  public var memory: [String: [Float]] {
    get { ["first": first, "second": second] }
    set {
      if let stored = newValue["first"], stored.count == first.count { first = stored }
      if let stored = newValue["second"], stored.count == second.count { second = stored }
    }
  }
}

/// base to a whole power, by squaring: the same bits everywhere.
private func power(_ base: Double, _ exponent: Int) -> Double {
  var (result, square, rest) = (1.0, base, exponent)
  while rest > 0 {
    if rest & 1 == 1 { result *= square }
    square *= square
    rest >>= 1
  }
  return result
}
