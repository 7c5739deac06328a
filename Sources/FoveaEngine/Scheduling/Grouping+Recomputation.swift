import FoveaGraph

// What runs twice for a linear attention.
extension Grouping {
  /// What could run twice for a linear attention whose queries, keys and values are large: the operations
  /// between these and the maps that others read too. Empty elsewhere.
  func recomputable(for attention: LoweredOperation) -> Set<OperationID> {
    guard case .linearAttention(let operands) = attention.operands, attention.runsInStrips,
      operands.maps.map(settings.bytes).reduce(0, +) >= settings.largeMap
    else { return [] }
    var allowed: Set<OperationID> = [attention.id]
    if let residual = attention.residual.flatMap(program.producerOfRows) { allowed.insert(residual) }
    var result: Set<OperationID> = []
    var pending = operands.maps.compactMap(program.producerOfRows)
    while let candidate = pending.popLast() {
      let operation = program[candidate]
      guard !result.contains(candidate), operation.runsInStrips, !operation.isLinearAttention,
        isReadOnly(operation.output.map, by: allowed.union(result))
      else { continue }
      result.insert(candidate)
      pending += operation.operands.maps.compactMap(program.producerOfRows)
    }
    switch operands {
    case .separate: return result
    case .interleaved(let maps):
      // what is read as one map is computed again as a whole, each part once and side by side, or not at all
      let areComputed = maps.allSatisfy { program.producerOfRows($0).map(result.contains) ?? false }
      let areParts =
        maps.count == 1 || (maps.allSatisfy(\.isWhole) && Set(maps.map(\.map)).count == maps.count)
      return areComputed && areParts ? result : []
    }
  }

  /// Whether nobody but some operations reads a map, and these read its rows.
  private func isReadOnly(_ map: MapID, by some: Set<OperationID>) -> Bool {
    !program.isReadOutside(map, Array(some)) && !program.isReadOnOtherGrid(map)
  }

  /// Members without those that only an attention's first pass reads: its keys, and values of no depthwise
  /// term.
  func secondPass(_ members: [OperationID]) -> [OperationID] {
    var needed: Set<OperationID> = []
    for member in members.reversed() {
      let operation = program[member]
      guard
        needed.contains(member) || member == members.last
          || program.isReadOutside(operation.output.map, members)
      else { continue }
      needed.insert(member)
      var reads = operation.reads
      if case .linearAttention(.separate(let operands)) = operation.operands,
        !recomputed(for: member).isEmpty
      {
        reads = operands.asked + (operation.residual.map { [$0] } ?? [])
      }
      needed.formUnion(reads.compactMap(program.producerOfRows))
    }
    return members.filter(needed.contains)
  }

  /// The first passes of the linear attentions among some members.
  func firstPasses(_ members: [OperationID]) -> [Group.FirstPass] {
    members.compactMap { member in
      guard case .linearAttention(let operands) = program[member].operands else { return nil }
      let readsMembers = operands.maps.contains { map in
        program.producerOfRows(map).map(members.contains) ?? false
      }
      guard readsMembers else { return Group.FirstPass(attention: member, recomputed: []) }
      let summed =
        switch operands {
        case .separate(let operands): operands.summed
        case .interleaved(let maps): maps
        }
      return Group.FirstPass(
        attention: member, recomputed: program.ancestors(of: summed, within: recomputed(for: member)))
    }
  }

  /// Members up to an attention that could compute a part of its inputs again, but finds the rest computed.
  func withoutHalves(_ members: [OperationID]) -> [OperationID] {
    let half = members.firstIndex { member in
      let twice = recomputed(for: member)
      return !twice.isDisjoint(with: members) && !twice.isSubset(of: members)
    }
    return half.map { Array(members[..<$0]) } ?? members
  }
}
