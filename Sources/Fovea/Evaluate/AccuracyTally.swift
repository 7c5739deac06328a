/// How often the right class was the first answer, or among the first five.
public struct AccuracyTally: Sendable, Hashable {
  /// Pictures so far.
  public private(set) var images = 0
  /// Pictures for which the model had no answer, since a logit was no number; they count as wrong.
  public private(set) var undecided = 0
  private var first = 0
  private var amongFive = 0

  /// Nothing counted yet.
  public init() {}

  /// Counts one picture's answer, of at least the five best classes.
  public mutating func add(_ answer: Classification, truth: Int) {
    add(best: answer.predictions.map(\.index), truth: truth)
  }

  /// Counts the answer for one picture's logits.
  mutating func add(_ ranking: ClassRanking?, truth: Int) {
    if ranking == nil { undecided += 1 }
    add(best: ranking?.best ?? [], truth: truth)
  }

  private mutating func add(best: [Int], truth: Int) {
    images += 1
    if best.first == truth { first += 1 }
    if best.prefix(5).contains(truth) { amongFive += 1 }
  }

  /// The part of pictures whose first answer is right, 0 to 1.
  public var top1: Double { images > 0 ? Double(first) / Double(images) : 0 }
  /// The part of pictures whose right class is among the first five, 0 to 1.
  public var top5: Double { images > 0 ? Double(amongFive) / Double(images) : 0 }
}
