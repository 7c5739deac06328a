import CFoveaKernels
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension PlanBuilder {
  /// The numbers of an attention for the maps that it reads.
  func attentionShape(
    _ attention: LinearAttention, _ operation: LoweredOperation
  ) throws -> AttentionShape {
    let width = attention.headDimension
    let heads = context.shape(operation.output).channels / width
    var shape = AttentionShape(
      heads: heads, keyWidth: width, valueWidth: width,
      headStride: attention.layout == .interleaved ? 3 * width : width, map: FOVEA_FEATURES_IDENTITY,
      epsilon: attention.epsilon)
    switch attention.featureMap {
    case .identity, .positiveRandom: break
    case .relu: shape.map = FOVEA_FEATURES_RELU
    case .eluPlusOne: shape.map = FOVEA_FEATURES_ELU_PLUS_ONE
    case .focused(let power, let offset, let scale):
      shape.map = FOVEA_FEATURES_FOCUSED
      (shape.power, shape.offset) = (power, offset)
      shape.inverseScale = try context.cache.vector(scale, name: " inverse softplus") { scale in
        scale.map { Float(1 / log1p(exp(Double($0)))) }
      }
    }
    return shape
  }

  /// Where an attention's queries, keys and values lie.
  mutating func attentionMaps(
    _ attention: LinearAttention, _ operation: LoweredOperation
  ) -> (query: Placement, key: Placement, value: Placement) {
    guard attention.layout == .interleaved else {
      let maps = operation.inputs.prefix(3).map { placement(reading: $0) }
      return (maps[0], maps[1], maps[2])
    }
    let query = whole(of: operation) ?? placement(reading: operation.inputs[0])
    var (key, value) = (query, query)
    key.channelOffset += attention.headDimension
    value.channelOffset += 2 * attention.headDimension
    return (query, key, value)
  }

  /// Appends the first pass; gives the region of the sums and the floats of one image's.
  mutating func appendSums(
    _ attention: LinearAttention, _ operation: LoweredOperation
  ) throws -> (region: Int, imageFloats: Int) {
    let shape = try attentionShape(attention, operation)
    let maps = attentionMaps(attention, operation)
    let images = maps.key.shape.batch
    let chunks = AttentionSumsStep.chunks(maps.key.shape.tokens)
    let sums = region(bytes: images * shape.sumsFloats * 4)
    let partials = region(bytes: images * chunks * shape.sumsFloats * 4)
    let hasNormaliser = attention.layout == .separate && operation.inputs.count > 4
    let normaliser = hasNormaliser ? placement(reading: operation.inputs[4]) : nil
    let step = AttentionSumsStep(
      shape: shape, keys: maps.key, values: maps.value, normaliserKeys: normaliser, sums: sums,
      partials: partials, averages: attention.averagesKeys, paths: [context.node(operation).path],
      multiplyAdds: 0, elementSize: context.elementSize)
    append(
      step,
      touching: [sums, partials, maps.key.region, maps.value.region] + (normaliser.map { [$0.region] } ?? []))
    return (sums, shape.sumsFloats)
  }

  /// Appends linear attention whose weights are formed, for few tokens.
  mutating func appendQuadratic(_ attention: LinearAttention, _ operation: LoweredOperation) throws {
    let maps = attentionMaps(attention, operation)
    let output = placement(writing: operation.output)
    let residual = operation.residual.map { placement(reading: $0) }
    let step = QuadraticAttentionStep(
      shape: try attentionShape(attention, operation), queries: maps.query, keys: maps.key,
      values: maps.value, output: output, residual: residual, paths: [context.node(operation).path],
      multiplyAdds: context.multiplyAdds[operation.node])
    append(step, touching: [maps.query.region, output.region] + (residual.map { [$0.region] } ?? []))
  }

  /// Appends softmax attention with its bias and mask tables.
  mutating func appendSoftmax(_ attention: SoftmaxAttention, _ operation: LoweredOperation) throws {
    let maps = operation.inputs.map { placement(reading: $0) }
    let output = placement(writing: operation.output)
    let granularity = context.cache.kernels.pointer.pointee.depth_granularity
    let layout = SoftmaxScratch(
      width: maps[0].shape.channels / attention.heads, valueWidth: maps[2].shape.channels / attention.heads,
      keys: maps[1].shape.tokens, queries: maps[0].shape.tokens, elementSize: context.elementSize,
      granularity: granularity)
    var (mask, windows): (AlignedBuffer?, Int) = (nil, 1)
    if case .windows(let window, let shift) = attention.mask {
      let map = context.shape(context.node(operation).inputs[3])
      windows = maps[0].shape.batch / map.batch
      mask = try WindowTables.mask(map: map, window: window, shift: shift).map { try AlignedBuffer($0) }
    }
    let step = SoftmaxAttentionStep(
      queries: maps[0], keys: maps[1], values: maps[2], output: output, heads: attention.heads,
      scale: attention.scale, bias: try relativeBias(attention), mask: mask, maskWindows: windows,
      paths: [context.node(operation).path], multiplyAdds: context.multiplyAdds[operation.node],
      layout: layout)
    append(step, touching: maps.map(\.region) + [output.region])
  }

  private func relativeBias(_ attention: SoftmaxAttention) throws -> AlignedBuffer? {
    try attention.bias.map { bias in
      try context.cache.vector(bias.table, name: " pairs") { table in
        WindowTables.relativeBias(table: table, window: bias.window, heads: attention.heads)
      }
    }
  }
}
