/// How often each class was taken for each, pixel by pixel.
public struct ConfusionMatrix: Sendable, Hashable {
  /// K, the classes.
  public let classes: Int
  /// Pixels of class t taken for class p, at `t * classes + p`.
  public private(set) var counts: [Int]
  /// Pixels of each class for which the answer was none.
  public private(set) var undecided: [Int]

  /// Pictures so far.
  public private(set) var images = 0

  /// A matrix of zeros.
  public init(classes: Int) {
    self.classes = classes
    counts = [Int](repeating: 0, count: classes * classes)
    undecided = [Int](repeating: 0, count: classes)
  }

  /// Counts one picture's pixels; those whose truth is no class, or that the network did not see, count for
  /// nothing, and those whose answer is no class are wrong. O(pixels).
  ///
  /// Traps where the two differ in size.
  public mutating func add(_ answer: [UInt16], truth: [UInt16]) {
    precondition(answer.count == truth.count, "an answer of \(answer.count) pixels, not \(truth.count)")
    images += 1
    for (predicted, actual) in zip(answer, truth)
    where Int(actual) < classes && predicted != Segmentation.unseen {
      if Int(predicted) < classes {
        counts[Int(actual) * classes + Int(predicted)] += 1
      } else {
        undecided[Int(actual)] += 1
      }
    }
  }

  /// Pixels that count: those whose truth is a class and that the network saw.
  public var pixels: Int { counts.reduce(0, +) + undecided.reduce(0, +) }

  /// Intersection over union of a class, 0 to 1; nil where it neither occurs nor was predicted.
  public func iou(_ index: Int) -> Double? {
    let hits = counts[index * classes + index]
    let actual = (0..<classes).reduce(undecided[index]) { $0 + counts[index * classes + $1] }
    let predicted = (0..<classes).reduce(0) { $0 + counts[$1 * classes + index] }
    let union = actual + predicted - hits
    return union > 0 ? Double(hits) / Double(union) : nil
  }

  /// The mean of the classes' intersections over unions, without those that neither occur nor were predicted.
  public var meanIoU: Double {
    let values = (0..<classes).compactMap(iou)
    return values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }

  /// The part of counted pixels that have the right class, 0 to 1.
  public var pixelAccuracy: Double {
    let hits = (0..<classes).reduce(0) { $0 + counts[$1 * classes + $1] }
    return pixels > 0 ? Double(hits) / Double(pixels) : 0
  }
}
