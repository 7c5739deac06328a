import FoveaGraph

/// Which operations gain from running together, strip by strip.
struct Grouping {
  let program: Program
  let settings: PlanSettings
  /// For linear attentions whose queries, keys and values are large, the operations that compute these from
  /// smaller maps: they run twice, once for each pass, and nothing of theirs is kept.
  private(set) var recomputations: [OperationID: Set<OperationID>] = [:]

  init(_ program: Program, _ settings: PlanSettings) {
    self.program = program
    self.settings = settings
    guard settings.streams else { return }
    for operation in program.operations {
      let twice = recomputable(for: operation)
      guard let first = twice.min() else { continue }
      recomputations[operation.id] = twice
      let group = grown(from: first, among: program.operations.ids)
      if !group.members.contains(operation.id) { recomputations[operation.id] = nil }
    }
  }

  /// Operations that run together, and those met on the way.
  struct Growth {
    /// In order.
    var members: [OperationID]
    /// Operations that have nothing to do with the members, and run before them.
    var before: [OperationID] = []
  }

  /// What runs twice for an attention; empty for most.
  func recomputed(for id: OperationID) -> Set<OperationID> { recomputations[id] ?? [] }

  /// The longest run of candidates from `first` on that gains from running together.
  ///
  /// A map between two of them stays in the cache; one that later steps read too is written as well. A run
  /// does not end between an expanded map and the operation that reads its neighbourhood, if it can help it.
  func grown(from first: OperationID, among candidates: [OperationID]) -> Growth {
    guard settings.fusesOperations, program[first].output.shape.rows >= 16 * settings.threads else {
      return Growth(members: [first])
    }
    var candidate = Growth(members: [first])
    var best = candidate
    var fallback = candidate
    for next in candidates where next > first {
      if isUnrelated(program[next], to: candidate.members) {
        candidate.before.append(next)
        continue
      }
      guard program[next].runsInStrips, joins(program[next], candidate.members) else { break }
      candidate.members.append(next)
      guard isComplete(candidate.members) else { continue }
      fallback = candidate
      if !separatesExpansion(after: next) { best = candidate }
    }
    let group = best.members.count > 1 || !separatesExpansion(after: first) ? best : fallback
    return isHeavy(group.members) ? Growth(members: [first]) : group
  }

  /// Whether few pixels meet many weights: by rows every thread would read all weights, while one product
  /// after the other, by output channels, each reads its own (L1 at 224²: 43.1 → 40.3 ms).
  private func isHeavy(_ members: [OperationID]) -> Bool {
    let rows = program[members[members.count - 1]].output.shape.rows
    let weights = members.map { program[$0].multiplyAdds / program[$0].output.shape.rows }
    return settings.threads > 1 && rows <= Self.fewRows && weights.reduce(0, +) > Self.manyWeights
  }

  /// Pixels up to which a product is divided among threads by its output channels.
  static let fewRows = 64
  private static let manyWeights = 1 << 18

  private func isMember(_ map: MapRef, _ members: [OperationID]) -> Bool {
    program.producerOfRows(map).map(members.contains) ?? false
  }

  /// Whether an operation can run before the members: it reads nothing of theirs.
  private func isUnrelated(_ operation: LoweredOperation, to members: [OperationID]) -> Bool {
    var pending = operation.reads
    while let map = pending.popLast() {
      guard let producer = program.producer(of: map.map) else { continue }
      if members.contains(producer) { return false }
      if case .concatenate = program[producer].operation { pending += program[producer].operands.maps }
    }
    return true
  }

  /// Whether an operation reads a member's output, and nothing that it must see whole before it starts.
  private func joins(_ operation: LoweredOperation, _ members: [OperationID]) -> Bool {
    let readsOtherGrid = operation.reads.contains { map in
      map.isRegridded && (program.producer(of: map.map).map(members.contains) ?? false)
    }
    guard !readsOtherGrid else { return false }
    if case .linearAttention(let operands) = operation.operands {
      let twice = recomputed(for: operation.id)
      guard operands.maps.contains(where: { isMember($0, members) }) else {
        return operation.residual.map { isMember($0, members) } ?? false
      }
      return !twice.isEmpty && twice.isSubset(of: members)
    }
    guard operation.reads.contains(where: { isMember($0, members) }),
      !readsWrittenParts(operation, members), !startsRecomputation(operation.id, members)
    else { return false }
    if case .binary(_, let second) = operation.operands, isMember(second, members),
      second.shape != operation.output.shape
    {
      // A map that repeats over the other is not computed pixel by pixel with it.
      return false
    }
    guard let main = operation.operands.main, operation.access.readsNeighbours, isMember(main, members) else {
      return true
    }
    return haloPays(operation, main, members)
  }

  /// What an attention computes twice must not bring with it what comes before.
  private func startsRecomputation(_ id: OperationID, _ members: [OperationID]) -> Bool {
    recomputations.values.contains { $0.contains(id) && !$0.contains(members[0]) }
  }

  /// Whether an operation reads a joined map whose parts are members' outputs: those are written, not kept.
  private func readsWrittenParts(_ operation: LoweredOperation, _ members: [OperationID]) -> Bool {
    operation.operands.maps.contains { map in
      guard let producer = program.producer(of: map.map),
        case .concatenate = program[producer].operation
      else { return false }
      return program[producer].operands.maps.contains { isMember($0, members) }
    }
  }

  /// Threads compute the rows where their parts meet twice: worth it where maps are tall. A second
  /// bottleneck joins the first only where the map between them is too large to keep.
  private func haloPays(
    _ operation: LoweredOperation, _ main: MapRef, _ members: [OperationID]
  ) -> Bool {
    let isLarge = settings.streams && settings.bytes(main) >= settings.largeMap
    guard isLarge || !members.dropFirst().contains(where: { program[$0].isProjection }) else {
      return false
    }
    return isTall(operation, main.shape)
  }

  private func isTall(_ operation: LoweredOperation, _ map: Shape) -> Bool {
    operation.access.halo * (settings.threads - 1) * 12 <= map.height * map.batch
  }

  /// Every member is read by a later one, or ends where the last ends, or goes along with another; and what
  /// others read too is read pixel by pixel here and is needed whole by those that follow.
  private func isComplete(_ members: [OperationID]) -> Bool {
    let grid = program[members[members.count - 1]].output.shape
    return members.allSatisfy { member in
      let output = program[member].output
      let inside = program.readers(of: output.map, among: members)
      if inside.isEmpty {
        return output.shape.hasGrid(of: grid) || program.companion(of: member, among: members) != nil
      }
      guard program.isReadOutside(output.map, members) else { return true }
      guard members.allSatisfy({ $0 <= member || program[$0].access.coversInput }) else { return false }
      return inside.allSatisfy { reader in
        let isMain = program[reader].operands.main.flatMap(program.producerOfRows) == member
        return !(program[reader].access.readsNeighbours && isMain)
      }
    }
  }

  /// Whether an operation widens a map for one that reads its neighbourhood.
  private func separatesExpansion(after id: OperationID) -> Bool {
    let operation = program[id]
    let following = program.readers(of: operation.output.map)
    guard let main = operation.operands.main, settings.bytes(operation.output) > settings.bytes(main),
      following.count == 1, case .operation(let only) = following[0],
      !program.isReadOnOtherGrid(operation.output.map)
    else { return false }
    let reader = program[only]
    return reader.runsInStrips && reader.access.readsNeighbours && isTall(reader, operation.output.shape)
  }
}
