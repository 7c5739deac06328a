import CFoveaKernels
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The accumulation of an attention's first pass and the region of its blocks' sums.
struct AttentionFirstPass {
  var accumulator: AttentionAccumulator
  var chunks: AttentionChunks
  var partials: Int
}

/// The region of attention sums, and floats of one image's.
struct AttentionSums: Sendable {
  var region: Int
  var imageFloats: Int
}

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

  /// Appends the first pass over keys and values that lie in the arena, and its total; gives the sums.
  mutating func appendSums(
    _ attention: LinearAttention, _ operation: LoweredOperation
  ) throws -> AttentionSums {
    let maps = attentionMaps(attention, operation)
    let hasNormaliser = attention.layout == .separate && operation.inputs.count > 4
    let normaliser = hasNormaliser ? placement(reading: operation.inputs[4]) : nil
    let pass = try firstPass(attention, operation, keys: maps.key.shape)
    let step = AttentionSumsStep(
      accumulator: pass.accumulator, chunks: pass.chunks, keys: maps.key, values: maps.value,
      normaliserKeys: normaliser, partials: pass.partials,
      multiplyAdds: context.firstPassMultiplyAdds(operation), paths: [context.node(operation).path])
    append(
      step,
      touching: [pass.partials, maps.key.region, maps.value.region] + (normaliser.map { [$0.region] } ?? []))
    return appendTotal(pass, attention, operation, keys: maps.key.shape)
  }

  /// What the first pass of an attention over keys of a shape needs.
  mutating func firstPass(
    _ attention: LinearAttention, _ operation: LoweredOperation, keys: Shape
  ) throws -> AttentionFirstPass {
    let shape = try attentionShape(attention, operation)
    let chunks = AttentionChunks(keys)
    return AttentionFirstPass(
      accumulator: AttentionAccumulator(shape: shape, elementSize: context.settings.elementSize),
      chunks: chunks, partials: region(bytes: keys.batch * chunks.count * shape.sumsFloats * 4))
  }

  /// Appends the sum of the blocks' sums.
  mutating func appendTotal(
    _ pass: AttentionFirstPass, _ attention: LinearAttention, _ operation: LoweredOperation, keys: Shape
  ) -> AttentionSums {
    let shape = pass.accumulator.shape
    let sums = region(bytes: keys.batch * shape.sumsFloats * 4)
    let step = AttentionTotalStep(
      shape: shape, images: keys.batch, blocks: pass.chunks.count,
      factor: attention.averagesKeys ? 1 / Float(keys.tokens) : 1, partials: pass.partials, sums: sums,
      paths: [context.node(operation).path])
    append(step, touching: [pass.partials, sums])
    return AttentionSums(region: sums, imageFloats: shape.sumsFloats)
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
      keys: maps[1].shape.tokens, queries: maps[0].shape.tokens, elementSize: context.settings.elementSize,
      granularity: granularity)
    var masks: WindowMasks?
    if case .windows(let window, let shift) = attention.mask {
      let map = context.shape(context.node(operation).inputs[3])
      masks = WindowMasks(window: window, shift: shift, on: map)
    }
    let step = SoftmaxAttentionStep(
      queries: maps[0], keys: maps[1], values: maps[2], output: output, heads: attention.heads,
      scale: attention.scale, bias: try relativeBias(attention), masks: masks,
      paths: [context.node(operation).path], multiplyAdds: context.multiplyAdds[operation.node],
      layout: layout)
    append(step, touching: maps.map(\.region) + [output.region])
  }

  private func relativeBias(_ attention: SoftmaxAttention) throws -> AlignedBuffer? {
    try attention.bias.map { bias in
      try context.cache.vector(bias.table, name: " pairs") { table in
        RelativeBias.spread(table, window: bias.window, heads: attention.heads)
      }
    }
  }
}
