/// Operations that run together.
struct Group: Sendable {
  /// How they run.
  enum Form: Sendable {
    /// A single one, over whole maps.
    case whole
    /// Strip by strip of rows, the maps between them in rings.
    case strips
    /// The same, while the image's rows arrive one by one.
    case arrivingStrips
  }

  let id: GroupID
  let form: Form
  /// In order.
  let members: [OperationID]
  /// The first passes of the linear attentions among the members.
  var firstPasses: [FirstPass] = []
  /// The members that the strips compute: all but those whose maps only a first pass reads.
  let strip: [OperationID]

  /// The sums of a linear attention over its keys and values, which come before its strip.
  struct FirstPass: Sendable {
    let attention: OperationID
    /// The operations that compute keys and values, in order, where these are computed for the sums and
    /// forgotten; empty where they lie in memory.
    let recomputed: [OperationID]
  }
}

/// What runs together and in which order: the second pass's result.
struct Schedule: Sendable {
  let groups: [Group]
  /// Maps that are read as one, by who reads them.
  let joins: [Join]

  /// True where the image's rows are read as they arrive.
  var streamsInput: Bool { groups.contains { $0.form == .arrivingStrips } }
}

/// Maps that an operation reads as one, their channels side by side.
struct Join: Sendable {
  let reader: OperationID
  let parts: [MapRef]
  /// True where each part is written to its place from the start; else they are copied together.
  let isWrittenInPlace: Bool
}

extension Join {
  /// Maps that are joined along their channels, or read as one by an attention, are written side by side from
  /// the start, where each is computed by an operation of its own and is part of one whole only.
  static func joins(in program: Program, exceptFor isRecomputed: (OperationID) -> Bool) -> [Join] {
    var taken: Set<MapID> = []
    var joins: [Join] = []
    for operation in program.operations where !isRecomputed(operation.id) {
      let parts = operation.operands.readAsOne
      guard !parts.isEmpty else { continue }
      let maps = Set(parts.map(\.map))
      let isInPlace =
        maps.count == parts.count && maps.isDisjoint(with: taken)
        && parts.allSatisfy { $0.shape.batch == operation.output.shape.batch && program.isComputedAlone($0) }
      if isInPlace { taken.formUnion(maps) }
      joins.append(Join(reader: operation.id, parts: parts, isWrittenInPlace: isInPlace))
    }
    return joins
  }
}

extension Program {
  /// Whether a map is what an operation computes, neither given nor itself joined.
  fileprivate func isComputedAlone(_ part: MapRef) -> Bool {
    guard part.isWhole, let producer = producer(of: part.map) else { return false }
    return self[producer].operands.readsElements && !self[producer].operands.isJoined
  }
}

extension Operands {
  /// Whether it computes from other maps.
  fileprivate var readsElements: Bool {
    switch self {
    case .none: false
    case .unary, .binary, .several, .joined, .linearAttention, .softmaxAttention: true
    }
  }

  /// Whether it is several maps side by side.
  fileprivate var isJoined: Bool {
    switch self {
    case .joined: true
    case .none, .unary, .binary, .several, .linearAttention, .softmaxAttention: false
    }
  }
}
