import CFoveaKernels
import FoveaEngine

/// The exponential average of weights over the steps, which answers better than the last weights do.
///
/// a ← a + (1 − r) · (θ − a), with r = min(retention, (1 + t) / (10 + t)), so that the first steps, which know
/// nothing, are soon forgotten.
public final class WeightAverage {
  /// The most that is kept of the average in a step, below 1.
  public let retention: Double
  /// Steps seen so far.
  public var steps = 0
  /// The average so far.
  public private(set) var averages: [Float]

  /// An average that begins with some values.
  public init(of values: UnsafeBufferPointer<Float>, retention: Double = 0.9998) {
    self.retention = retention
    averages = Array(values)
  }

  /// Takes a step's values in. O(values). Traps unless they are as many as before.
  public func update(_ values: UnsafeBufferPointer<Float>) {
    precondition(values.count == averages.count, "average of \(averages.count), not \(values.count), values")
    steps += 1
    let kept = min(retention, Double(1 + steps) / Double(10 + steps))
    averages.withUnsafeMutableBufferPointer { averages in
      var request = fovea_average(
        count: values.count, values: values.baseAddress, averages: averages.baseAddress,
        retention: Float(kept))
      KernelTable.float32.pointer.pointee.average(&request)
    }
  }

  /// Goes on from a stored average.
  public func restore(_ stored: [Float], steps: Int) {
    precondition(stored.count == averages.count, "average of \(averages.count), not \(stored.count), values")
    averages = stored
    self.steps = steps
  }
}
