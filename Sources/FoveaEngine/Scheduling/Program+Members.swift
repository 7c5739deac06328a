import FoveaGraph

// What follows from a set of operations that run together.
extension Program {
  /// The members that read a map.
  func readers(of map: MapID, among members: [OperationID]) -> [OperationID] {
    readers(of: map).compactMap { reader in
      guard case .operation(let id) = reader, members.contains(id) else { return nil }
      return id
    }
  }

  /// Whether a map must be in memory: somebody outside the members reads it.
  func isReadOutside(_ map: MapID, _ members: [OperationID]) -> Bool {
    !readers(of: map).allSatisfy { reader in
      switch reader {
      case .operation(let id): members.contains(id)
      case .caller: false
      }
    }
  }

  /// Whether somebody reads a map on another grid than its own.
  func isReadOnOtherGrid(_ map: MapID) -> Bool {
    outputs.contains { $0.map == map && $0.isRegridded }
      || readers(of: map).contains { reader in
        guard case .operation(let id) = reader else { return false }
        return self[id].reads.contains { $0.map == map && $0.isRegridded }
      }
  }

  /// For a member that no other reads, one that reads the same map pixel by pixel, and whose readers need all
  /// of it: whatever that one's rows are, the member computes the same.
  func companion(of member: OperationID, among members: [OperationID]) -> OperationID? {
    let operation = self[member]
    guard let main = operation.operands.main, !operation.access.readsNeighbours, operation.reads == [main],
      readers(of: operation.output.map, among: members).isEmpty
    else { return nil }
    return members.first { other in
      other > member && self[other].operands.main == main && !self[other].access.readsNeighbours
        && members.allSatisfy { $0 <= other || self[$0].access.coversInput }
    }
  }

  /// The operations of a set that some maps are computed from, in order.
  func ancestors(of maps: [MapRef], within set: Set<OperationID>) -> [OperationID] {
    var result: Set<OperationID> = []
    var pending = maps.compactMap(producerOfRows)
    while let candidate = pending.popLast() {
      guard set.contains(candidate), result.insert(candidate).inserted else { continue }
      pending += self[candidate].reads.compactMap(producerOfRows)
    }
    return result.sorted()
  }
}

extension Shape {
  /// Whether as many images of as many rows and columns.
  func hasGrid(of other: Shape) -> Bool {
    (batch, height, width) == (other.batch, other.height, other.width)
  }
}
