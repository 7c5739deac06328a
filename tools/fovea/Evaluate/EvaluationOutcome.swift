import Fovea

/// What a measurement is said to have been of: what was left out, how classes were matched, what failed.
final class EvaluationOutcome {
  let part: DatasetPart
  private let isStrict: Bool
  private var alignment = Alignment.name
  private var leftOut = LeftOut()
  private var tally = FailureTally()
  private var failures = ReadingFailures()

  init(_ part: DatasetPart, isStrict: Bool) {
    (self.part, self.isStrict) = (part, isStrict)
  }

  /// Tells what was found before the first picture. Throws for what is left out where that is strict.
  func begin(_ leftOut: LeftOut, _ alignment: Alignment, count: Int) throws(FoveaError) {
    guard !isStrict || leftOut.isWhole else { throw FoveaError(leftOut, path: part.directory) }
    (self.leftOut, self.alignment) = (leftOut, alignment)
    if alignment == .order {
      Messages.tell(
        "\(part.directory): aligned by order: its classes are taken for the model's in sorted order")
    }
    if let line = leftOut.line { Messages.tell("\(part.directory): \(line)") }
  }

  /// A picture that could not be measured.
  func report(_ error: FoveaError) {
    failures.add(error)
    leftOut.add(.unreadableImage, error.path)
    fail(error)
  }

  /// What went wrong with all of it.
  func fail(_ error: FoveaError) {
    tally.note(error)
    Messages.report(error)
  }

  /// True where there is something to tell; else the reasons are told, each with its count.
  func isMeasured(_ images: Int) -> Bool {
    guard images == 0 else { return true }
    Messages.report(
      failures.error(
        FoveaError(path: part.directory, reason: "none of its pictures can be measured", status: .badData)))
    return false
  }

  /// What stands behind every score as text.
  var caveat: String { alignment == .order ? "  (classes aligned by order)" : "" }

  /// What stands behind every score in JSON.
  var json: [(key: String, value: OrderedJSON)] {
    [("aligned", .string(alignment.rawValue)), ("left_out", leftOut.json)]
  }

  func finish() throws(Failures) {
    try tally.finish()
  }
}
