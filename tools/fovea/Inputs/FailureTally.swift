import Fovea

/// The status of a run over several inputs: the failures' common one, 65 where they differ.
struct FailureTally {
  private var statuses: Set<Status> = []

  mutating func note(_ error: FoveaError) {
    statuses.insert(error.status)
  }

  /// Throws `Failures` where there were any.
  func finish() throws(Failures) {
    guard let first = statuses.first else { return }
    throw Failures(status: statuses.count == 1 ? first : .badData)
  }
}
