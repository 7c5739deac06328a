/// A stretch of the flat parameters that is trained alike.
public struct ParameterGroup: Sendable, Hashable {
  /// Where it lies among all values.
  public var range: Range<Int>
  /// What the learning rate is multiplied by.
  public var rateScale: Float
  /// What the weight decay is multiplied by: 0 for norms and biases.
  public var decayScale: Float

  /// A group of its numbers.
  public init(range: Range<Int>, rateScale: Float = 1, decayScale: Float = 1) {
    self.range = range
    self.rateScale = rateScale
    self.decayScale = decayScale
  }
}

/// How values follow their gradients.
public protocol Optimiser: AnyObject {
  /// One step of a rate: `values` change where groups lie. Gradients are multiplied by `gradientScale` first.
  ///
  /// O(values). Traps unless the arrays are as long as the optimiser's own.
  func step(
    _ values: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
    groups: [ParameterGroup], rate: Double, gradientScale: Float)

  /// Steps taken so far.
  var steps: Int { get set }
  /// What it remembers from step to step, by name, each as long as the values; setting it restores a state.
  var memory: [String: [Float]] { get set }
}
