import FoveaGraph

// Maps that nothing computes.

extension Input: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .whole(self, .none) }

  /// The plan gives the caller's maps their places.
  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {}
}

extension Constant: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .whole(self, .none) }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) throws {
    let map = try evaluate([], shape: operation.output.shape, parameters: layout.cache.source)
    try layout.placeConstant(operation.output, map)
  }
}

extension Reshape: EngineOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .alias(inputs[0].on(output)) }
}
