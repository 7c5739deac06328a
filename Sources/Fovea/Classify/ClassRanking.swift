/// The classes of one picture in the order of their logits: the greatest first, of equal ones the lower index.
///
/// Logits and not probabilities are compared: probabilities are rounded, and two different logits may share one.
struct ClassRanking {
  /// The best classes, best first.
  let best: [Int]

  /// The `count` best classes, or all where there are fewer; nil where a logit is no number, or the greatest is
  /// infinite: then no class is the answer. O(C log C).
  init?(of logits: some RandomAccessCollection<Float>, best count: Int) {
    let logits = Array(logits)
    guard let greatest = logits.max(), greatest.isFinite, !logits.contains(where: \.isNaN) else { return nil }
    let order = logits.indices.sorted { (logits[$1], $0) < (logits[$0], $1) }
    best = Array(order.prefix(count))
  }
}
