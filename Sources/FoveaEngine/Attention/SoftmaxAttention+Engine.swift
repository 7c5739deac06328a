import FoveaGraph

extension SoftmaxAttention: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    let (attention, windowsOf) = operands(inputs)
    return .whole(self, .softmaxAttention(attention, windowsOf: windowsOf?.shape))
  }

  /// Softmax attention with its bias and mask tables.
  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) throws {
    guard case .softmaxAttention(let operands, let windowsOf) = operation.operands else {
      preconditionFailure("\(operation.path) is no softmax attention")
    }
    let (queries, keys, values) = (
      layout.placement(reading: operands.query), layout.placement(reading: operands.key),
      layout.placement(reading: operands.value)
    )
    let output = layout.placement(writing: operation.output)
    let scratch = SoftmaxScratch(
      width: queries.shape.channels / heads, valueWidth: values.shape.channels / heads,
      keys: keys.shape.tokens, queries: queries.shape.tokens, elementSize: layout.settings.elementSize,
      granularity: layout.granularity)
    layout.append(
      SoftmaxAttentionStep(
        queries: queries, keys: keys, values: values, output: output, heads: heads, scale: scale,
        bias: try relativeBias(layout.cache), masks: masks(windowsOf), paths: [operation.path],
        multiplyAdds: operation.multiplyAdds, layout: scratch))
  }

  private func masks(_ map: Shape?) -> WindowMasks? {
    switch mask {
    case .none: nil
    case .windows(let window, let shift): map.flatMap { WindowMasks(window: window, shift: shift, on: $0) }
    }
  }

  private func relativeBias(_ cache: WeightCache) throws -> AlignedBuffer? {
    try bias.map { bias in
      try cache.vector(bias.table, name: " pairs") { table in
        FoveaEngine.RelativeBias.spread(table, window: bias.window, heads: heads)
      }
    }
  }
}
