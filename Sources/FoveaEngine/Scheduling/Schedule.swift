import FoveaGraph

extension Schedule {
  /// The second pass: which operations of a program run together, and in which order.
  ///
  /// O(operations · members) where no attention is computed twice.
  init(_ program: Program, _ settings: PlanSettings) {
    let grouping = Grouping(program, settings)
    var scheduler = Scheduler(grouping)
    scheduler.run()
    groups = scheduler.groups
    joins = Join.joins(in: program) { !grouping.recomputed(for: $0).isEmpty }
  }
}

/// Takes operations in order, each with those that run together with it.
private struct Scheduler {
  private let grouping: Grouping
  private var program: Program { grouping.program }
  private var isDone: [Bool]
  private(set) var groups: [Group] = []

  init(_ grouping: Grouping) {
    self.grouping = grouping
    isDone = grouping.program.operations.map { _ in false }
  }

  mutating func run() {
    let all = program.operations.ids
    scheduleArrivingRows(among: all)
    for id in all { schedule(id, among: all) }
  }

  /// Schedules an operation with those that run together with it, out of the candidates.
  private mutating func schedule(_ id: OperationID, among candidates: [OperationID]) {
    guard !isDone[id.index] else { return }
    isDone[id.index] = true
    guard program[id].runsInStrips else {
      groups.append(Group(id: GroupID(groups.count), form: .whole, members: [id], strip: []))
      return
    }
    // What runs twice for an attention brings the attention with it.
    let isTwice = grouping.recomputations.values.contains { $0.contains(id) }
    let all = isTwice ? program.operations.ids : candidates
    let grown = grouping.grown(from: id, among: all.filter { !isDone[$0.index] })
    append(.strips, grouping.withoutHalves(grown.members), before: grown.before)
  }

  private mutating func append(_ form: Group.Form, _ members: [OperationID], before: [OperationID]) {
    for member in members { isDone[member.index] = true }
    for other in before { schedule(other, among: before) }
    groups.append(
      Group(
        id: GroupID(groups.count), form: form, members: members, firstPasses: grouping.firstPasses(members),
        strip: grouping.secondPass(members)))
  }

  /// Where plans stream, the operations that read the image's rows as they arrive; none where something else
  /// than strips reads the image.
  private mutating func scheduleArrivingRows(among all: [OperationID]) {
    guard grouping.settings.streams, program.inputs.count == 1, program.inputs[0].shape.batch == 1 else {
      return
    }
    let readers = program.readers(of: program.inputs[0].map)
    guard case .operation(let first) = readers.first, program[first].runsInStrips else { return }
    let grown = grouping.grown(from: first, among: all)
    let areMembers = readers.allSatisfy { reader in
      switch reader {
      case .operation(let id): grown.members.contains(id)
      case .caller: false
      }
    }
    guard areMembers, grown.members.allSatisfy({ canStream(program[$0], grown.members) }) else { return }
    let constants = grown.members.flatMap { program[$0].reads.compactMap { program.producer(of: $0.map) } }
      .filter { !grown.members.contains($0) && $0 < first && !isInput($0) }
    append(.arrivingStrips, grown.members, before: constants + grown.before)
  }

  private func isInput(_ id: OperationID) -> Bool {
    if case .input = program[id].operation { true } else { false }
  }

  /// Whether a member can run before all others: it reads the image, other members and what never changes,
  /// and needs no sums over all of the image.
  private func canStream(_ operation: LoweredOperation, _ members: [OperationID]) -> Bool {
    if case .linearAttention = operation.operands { return false }
    return operation.reads.allSatisfy { map in
      guard let producer = program.producer(of: map.map) else { return false }
      if case .constant = program[producer].operation { return true }
      guard isInput(producer) else { return members.contains(producer) }
      // its rows arrive whole, and once: as a second operand it is as large as the result
      let result = operation.output.shape
      return map.isWhole
        && (map == operation.operands.main
          || (map.shape.height, map.shape.width) == (result.height, result.width))
    }
  }
}
