import CFoveaKernels
import FoveaEngine

/// Stochastic gradient descent with momentum, as PyTorch's SGD: v ← μv + g + λθ, θ ← θ − rate · v, or with
/// Nesterov's look ahead θ ← θ − rate · (g + λθ + μv).
public final class MomentumDescent: Optimiser {
  /// μ.
  public let momentum: Double
  /// λ, the weight decay, which is part of the gradient.
  public let decay: Double
  /// True looks ahead.
  public let isNesterov: Bool
  /// Steps taken so far.
  public var steps = 0
  private var velocities: [Float]

  /// Velocities of zero for `count` values.
  public init(count: Int, momentum: Double = 0.9, decay: Double = 0, isNesterov: Bool = false) {
    (self.momentum, self.decay, self.isNesterov) = (momentum, decay, isNesterov)
    velocities = [Float](repeating: 0, count: count)
  }

  /// One step.
  public func step(
    _ values: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    groups: [ParameterGroup], rate: Double, gradientScale: Float = 1
  ) {
    precondition(
      values.count == velocities.count && gradients.count == velocities.count,
      "SGD of \(velocities.count) values was given \(values.count) and \(gradients.count) gradients")
    steps += 1
    velocities.withUnsafeMutableBufferPointer { velocities in
      for group in groups where !group.range.isEmpty {
        let start = group.range.lowerBound
        var request = fovea_sgd(
          count: group.range.count, values: values.baseAddress.map { $0 + start },
          gradients: gradients.baseAddress.map { $0 + start },
          velocities: velocities.baseAddress.map { $0 + start }, gradient_scale: gradientScale,
          rate: Float(rate) * group.rateScale, decay: Float(decay) * group.decayScale,
          momentum: Float(momentum), nesterov: isNesterov)
        flushingDenormals { KernelTable.float32.pointer.pointee.sgd(&request) }
      }
    }
  }

  /// The velocities.
  public var memory: [String: [Float]] {
    get { ["velocities": velocities] }
    set { if let stored = newValue["velocities"], stored.count == velocities.count { velocities = stored } }
  }
}
