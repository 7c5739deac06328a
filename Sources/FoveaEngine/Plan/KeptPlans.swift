/// The plans that were used last, for the next input of their sizes: as many as fit a limit of bytes.
struct KeptPlans {
  /// The latest at the end.
  private var plans: [(key: Engine.Key, plan: Plan)] = []
  /// Sizes of input whose plans are kept at most.
  private static let most = 16

  /// Bytes of tables that the plans keep between runs.
  var tableBytes: Int { plans.map(\.plan.tableBytes).reduce(0, +) }

  /// The plan for a key, which is thereby the one used last.
  subscript(key: Engine.Key) -> Plan? {
    mutating get {
      guard let place = plans.firstIndex(where: { $0.key == key }) else { return nil }
      plans.append(plans.remove(at: place))
      return plans.last?.plan
    }
  }

  /// Drops the plans that were not used for longest, until a further one that needs as much as the largest fits.
  mutating func makeRoom(limit: Int, threads: Int) {
    let largest = plans.map { $0.plan.byteCount(threads: threads) }.max() ?? 0
    drop(downTo: limit - largest)
  }

  /// Keeps a new plan, for which others are dropped; one that is over the limit by itself is not kept.
  mutating func keep(_ plan: Plan, for key: Engine.Key, limit: Int, threads: Int) {
    let needed = plan.byteCount(threads: threads)
    guard needed <= limit else { return }
    drop(downTo: limit - needed)
    if plans.count == Self.most { plans.removeFirst() }
    plans.append((key, plan))
  }

  private mutating func drop(downTo limit: Int) {
    while !plans.isEmpty, tableBytes > limit { plans.removeFirst() }
  }
}
