/// Why pictures could not be read: the first error, and how often each reason came.
package struct ReadingFailures: Sendable {
  /// The first error.
  package private(set) var first: FoveaError?
  private var reasons: [(text: String, count: Int)] = []

  /// None yet.
  package init() {}

  /// How many there were.
  package var count: Int { reasons.reduce(0) { $0 + $1.count } }

  /// Counts one.
  package mutating func add(_ error: FoveaError) {
    first = first ?? error
    if let place = reasons.firstIndex(where: { $0.text == error.reason }) {
      reasons[place].count += 1
    } else {
      reasons.append((error.reason, 1))
    }
  }

  /// An error with a line for each reason, "4 x is 64 x 48, its picture 128 x 96", the commonest first; at most
  /// twelve.
  package func error(_ error: FoveaError) -> FoveaError {
    let sorted = reasons.enumerated().sorted {
      ($1.element.count, $0.offset) < ($0.element.count, $1.offset)
    }.map(\.element)
    var error = error
    error.details += sorted.prefix(12).map { "\($0.count) x \($0.text)" }
    if sorted.count > 12 { error.details.append("\(sorted.count - 12) more reasons") }
    return error
  }
}
