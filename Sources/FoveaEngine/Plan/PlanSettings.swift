/// What plans of an engine have in common.
struct PlanSettings: Sendable, Hashable {
  var threads: Int
  var elementSize: Int
  var fusesOperations: Bool
  /// Bytes that the rings of a strip may take.
  var stripBudget: Int
  /// Bytes from which on a map is narrowed early, and computed again rather than kept where plans stream.
  var largeMap: Int
  /// Paths of steps whose reads are taken for undeclared, by which tests show that this is found out.
  var unseenReads: Set<String> = []
  /// Whether the image's rows arrive one after the other, and large maps are not kept.
  var flow = RowFlow.whole

  var streams: Bool { flow != .whole }
  /// True where a map in the caller's memory has the elements that kernels read: it is then read where it
  /// lies.
  var borrowsInputs: Bool { elementSize == MemoryLayout<Float>.size && !streams }
  /// How graphs are lowered for these plans.
  var lowering: LoweringRules {
    LoweringRules(isFusing: fusesOperations, largeElements: largeMap / elementSize)
  }

  /// Bytes of the elements that a reference names.
  func bytes(_ map: MapRef) -> Int { map.shape.elements * elementSize }
}
