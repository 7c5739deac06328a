/// How often the right class was the first answer, or among the first five.
public struct AccuracyTally: Sendable, Hashable {
  /// Pictures so far.
  public private(set) var images = 0
  private var first = 0
  private var amongFive = 0

  /// Nothing counted yet.
  public init() {}

  /// Counts one picture's answer, of at least the five best classes; what is no number is never right.
  public mutating func add(_ answer: Classification, truth: Int) {
    images += 1
    let best = answer.predictions.prefix(5).filter { !$0.probability.isNaN }.map(\.index)
    if best.first == truth { first += 1 }
    if best.contains(truth) { amongFive += 1 }
  }

  /// The part of pictures whose first answer is right, 0 to 1.
  public var top1: Double { images > 0 ? Double(first) / Double(images) : 0 }
  /// The part of pictures whose right class is among the first five, 0 to 1.
  public var top5: Double { images > 0 ? Double(amongFive) / Double(images) : 0 }
}
