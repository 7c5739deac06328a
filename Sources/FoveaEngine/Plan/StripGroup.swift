import FoveaGraph

/// Operations that run as one program of strips.
struct StripGroup {
  /// In order.
  var members: [Int]
  /// Operations met on the way that have nothing to do with the members, and run before them.
  var before: [Int] = []
}

extension PlanContext {
  /// The longest run of candidates from `first` on that gains from running together.
  ///
  /// A map between two of them stays in the cache; one that later steps read too is written as well. A run
  /// does not end between an expanded map and the operation that reads its neighbourhood, if it can help it.
  func group(from first: Int, among candidates: [Int]) -> StripGroup {
    guard settings.fusesOperations, shape(operations[first].output).rows >= 16 * settings.threads else {
      return StripGroup(members: [first])
    }
    var candidate = StripGroup(members: [first])
    var best = candidate
    var fallback = candidate
    for next in candidates where next > first {
      if kind(operations[next]) == .view { continue }
      if isUnrelated(operations[next], to: candidate.members) {
        candidate.before.append(next)
        continue
      }
      guard kind(operations[next]) == .stage, joins(next, candidate.members) else { break }
      candidate.members.append(next)
      guard isWhole(candidate.members) else { continue }
      fallback = candidate
      if !separatesExpansion(after: next) { best = candidate }
    }
    let group = best.members.count > 1 || !separatesExpansion(after: first) ? best : fallback
    return isHeavy(group.members) ? StripGroup(members: [first]) : group
  }

  /// Whether few pixels meet many weights: by rows every thread would read all weights, while one product
  /// after the other, by output channels, each reads its own (L1 at 224²: 43.1 → 40.3 ms).
  private func isHeavy(_ members: [Int]) -> Bool {
    let rows = shape(operations[members[members.count - 1]].output).rows
    let weights = members.map { multiplyAdds[operations[$0].node] / shape(operations[$0].output).rows }
    return settings.threads > 1 && rows <= Self.fewRows && weights.reduce(0, +) > Self.manyWeights
  }

  /// Pixels up to which a product is divided among threads by its output channels.
  static let fewRows = 64
  private static let manyWeights = 1 << 18

  /// Whether an operation can run before the members: it reads nothing of theirs.
  private func isUnrelated(_ operation: LoweredOperation, to members: [Int]) -> Bool {
    !operation.reads.contains { value in
      var pending = [graph.root(of: value).index]
      while let root = pending.popLast() {
        if let producer = producers[root] {
          if members.contains(producer) { return true }
          if case .concatenate = graph.nodes[root].operation {
            pending += operations[producer].inputs.map { graph.root(of: $0).index }
          }
        }
      }
      return false
    }
  }

  /// Whether an operation reads a member's output, and nothing that it must see whole before it starts.
  private func joins(_ index: Int, _ members: [Int]) -> Bool {
    let operation = operations[index]
    let isMember = { (value: Value) in producer(of: value).map(members.contains) ?? false }
    if case .linearAttention = node(operation).operation {
      let readsMembers = operation.inputs.contains(where: isMember)
      guard !readsMembers || recomputed(for: index).isSubset(of: members),
        readsMembers || operation.residual.map(isMember) ?? false
      else { return false }
      return !readsMembers || !recomputed(for: index).isEmpty
    }
    guard operation.reads.contains(where: isMember), !readsWrittenParts(operation, members),
      !startsRecomputation(index, members)
    else { return false }
    if case .combine = node(operation).operation, isMember(operation.inputs[1]),
      shape(operation.inputs[1]) != shape(operation.output)
    {
      // A map that repeats over the other is not computed pixel by pixel with it.
      return false
    }
    let isMainMember = isMember(operation.inputs[0])
    return !(readsNeighbours(operation) && isMainMember) || haloPays(operation, members)
  }

  /// What an attention computes twice must not bring with it what comes before.
  private func startsRecomputation(_ index: Int, _ members: [Int]) -> Bool {
    recomputations.values.contains { $0.contains(index) && !$0.contains(members[0]) }
  }

  /// Whether an operation reads a joined map whose parts are members' outputs: those are written, not kept.
  private func readsWrittenParts(_ operation: LoweredOperation, _ members: [Int]) -> Bool {
    operation.inputs.contains { input in
      let root = graph.root(of: input).index
      guard case .concatenate = graph.nodes[root].operation, let producer = producers[root] else {
        return false
      }
      return operations[producer].inputs.contains { self.producer(of: $0).map(members.contains) ?? false }
    }
  }

  /// Threads compute the rows where their parts meet twice: worth it where maps are tall. A second
  /// bottleneck joins the first only where the map between them is too large to keep.
  private func haloPays(_ operation: LoweredOperation, _ members: [Int]) -> Bool {
    let input = operation.inputs[0]
    let isLarge = settings.streams && bytes(input) >= settings.largeMap
    guard isLarge || !members.dropFirst().contains(where: { isProjection(operations[$0]) }) else {
      return false
    }
    return isTall(operation, shape(input))
  }

  private func isTall(_ operation: LoweredOperation, _ map: Shape) -> Bool {
    halo(operation) * (settings.threads - 1) * 12 <= map.height * map.batch
  }

  /// Every member is read by a later one, or ends where the last ends, or goes along with another; and what
  /// others read too is read pixel by pixel here and is needed whole by those that follow.
  private func isWhole(_ members: [Int]) -> Bool {
    let grid = shape(operations[members[members.count - 1]].output)
    return members.allSatisfy { member in
      let output = operations[member].output
      let inside = (readers[output.index] ?? []).filter(members.contains)
      if inside.isEmpty {
        let own = shape(output)
        return (own.batch, own.height, own.width) == (grid.batch, grid.height, grid.width)
          || leader(of: member, members) != nil
      }
      guard isMaterialised(output, members) else { return true }
      guard members.allSatisfy({ $0 <= member || coversInput(operations[$0]) }) else { return false }
      return inside.allSatisfy { reader in
        let isMain = producer(of: operations[reader].inputs[0]) == member
        return !(readsNeighbours(operations[reader]) && isMain)
      }
    }
  }

  /// For a member that no other reads, one that reads the same map pixel by pixel, and whose readers need all of
  /// it: whatever that one's rows are, the member computes the same.
  func leader(of member: Int, _ members: [Int]) -> Int? {
    let input = operations[member].inputs[0]
    guard !readsNeighbours(operations[member]), operations[member].reads == [input],
      members.allSatisfy({ !(readers[operations[member].output.index] ?? []).contains($0) })
    else { return nil }
    return members.first { other in
      other > member && operations[other].inputs[0] == input && !readsNeighbours(operations[other])
        && members.allSatisfy { $0 <= other || coversInput(operations[$0]) }
    }
  }

  /// Whether a map must be in the arena: somebody outside the members reads it.
  func isMaterialised(_ output: Value, _ members: [Int]) -> Bool {
    !(readers[output.index] ?? []).allSatisfy(members.contains)
  }

  private func separatesExpansion(after index: Int) -> Bool {
    let operation = operations[index]
    guard let input = operation.inputs.first, bytes(operation.output) > bytes(input),
      let following = readers[operation.output.index], following.count == 1, following[0] < operations.count
    else { return false }
    let reader = operations[following[0]]
    return kind(reader) == .stage && readsNeighbours(reader) && isTall(reader, shape(operation.output))
  }
}
