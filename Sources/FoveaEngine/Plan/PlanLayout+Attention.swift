import FoveaGraph

/// The first pass of a linear attention: what it reads, how it adds up, and the region of its blocks' sums.
struct AttentionFirstPass {
  let attention: LinearAttention
  let operands: LinearAttentionOperands<MapRef>
  /// The shape of the keys.
  let keys: Shape
  let accumulator: AttentionAccumulator
  let chunks: AttentionChunks
  let partials: RegionID

  /// Every block's sums, as a stage or a step writes them.
  var blockSums: AttentionSums {
    AttentionSums(
      region: partials, imageFloats: chunks.count * accumulator.shape.sumsFloats, isWritten: true)
  }
}

/// The region of attention sums, and floats of one image's.
struct AttentionSums: Sendable {
  var region: RegionID
  var imageFloats: Int
  /// Whether a stage adds to them, or reads them.
  var isWritten = false
}

extension PlanLayout {
  /// Where an attention's queries, keys and values lie.
  mutating func attentionMaps(
    _ attention: LinearAttention, _ operation: LoweredOperation
  ) -> AttentionOperands<Placement> {
    guard case .linearAttention(let operands) = operation.operands else {
      preconditionFailure("\(operation.path) is no linear attention")
    }
    switch operands {
    case .separate(let operands): return AttentionOperands(operands.maps.map { placement(reading: $0) })
    case .interleaved(let maps):
      let query = joinedMap(of: operation) ?? placement(reading: maps[0])
      var (key, value) = (query, query)
      key.channelOffset += attention.headDimension
      value.channelOffset += 2 * attention.headDimension
      return AttentionOperands([query, key, value])
    }
  }

  /// Appends the first pass over keys and values that lie in the arena, and its total; gives the sums.
  mutating func appendSums(of operation: LoweredOperation) throws -> AttentionSums {
    guard case .linearAttention(let attention) = operation.operation else {
      preconditionFailure("\(operation.path) is no linear attention")
    }
    let maps = attentionMaps(attention, operation)
    let pass = try firstPass(of: operation)
    append(
      AttentionSumsStep(
        accumulator: pass.accumulator, chunks: pass.chunks, keys: maps.key, values: maps.value,
        normaliserKeys: maps.normalizer?.key, partials: pass.partials,
        multiplyAdds: operation.firstPassMultiplyAdds, paths: [operation.path]))
    return appendTotal(pass, of: operation)
  }

  /// What the first pass of an attention needs.
  mutating func firstPass(of operation: LoweredOperation) throws -> AttentionFirstPass {
    guard case .linearAttention(let attention) = operation.operation,
      case .linearAttention(let operands) = operation.operands
    else { preconditionFailure("\(operation.path) is no linear attention") }
    let keys =
      switch operands {
      case .separate(let operands): operands.key.shape
      case .interleaved(let maps): maps[0].shape
      }
    let shape = try AttentionShape(attention, output: operation.output.shape, cache)
    let chunks = AttentionChunks(keys)
    return AttentionFirstPass(
      attention: attention, operands: operands, keys: keys,
      accumulator: AttentionAccumulator(shape: shape, elementSize: settings.elementSize), chunks: chunks,
      partials: region(bytes: keys.batch * chunks.count * shape.sumsFloats * 4))
  }

  /// Appends the sum of the blocks' sums.
  mutating func appendTotal(_ pass: AttentionFirstPass, of operation: LoweredOperation) -> AttentionSums {
    let (shape, keys) = (pass.accumulator.shape, pass.keys)
    let sums = region(bytes: keys.batch * shape.sumsFloats * 4)
    append(
      AttentionTotalStep(
        shape: shape, images: keys.batch, blocks: pass.chunks.count,
        factor: pass.attention.averagesKeys ? 1 / Float(keys.tokens) : 1, partials: pass.partials, sums: sums,
        paths: [operation.path]))
    return AttentionSums(region: sums, imageFloats: shape.sumsFloats)
  }
}
