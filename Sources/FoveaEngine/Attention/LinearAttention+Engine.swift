import CFoveaKernels
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

extension LinearAttention: StripOperation, WholeOperation {
  /// Queries pass pixel by pixel once the sums over keys and values are there; for few tokens the weights
  /// come first.
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    let operands = operands(inputs)
    if runsByDefinition(operands) {
      return .whole(Definition(operation: .linearAttention(self)), .several(inputs))
    }
    let isQuadratic = isQuadraticAtFewTokens && output.tokens <= headDimension
    return isQuadratic
      ? .whole(self, .linearAttention(operands)) : .strips(self, .linearAttention(operands), .pixel)
  }

  var epilogue: Epilogue { .residual }

  /// Attentions of no known model, and those whose features the kernels do not have.
  private func runsByDefinition(_ operands: LinearAttentionOperands<MapRef>) -> Bool {
    switch (featureMap, operands) {
    case (.positiveRandom, _): true
    // The norms are over the channels of all heads, and of one map.
    case (.focused, .interleaved): true
    case (.focused, .separate(let maps)): maps.normalizer != nil || hasOtherWidth(maps)
    // Values wider or narrower than queries.
    case (.identity, .separate(let maps)), (.relu, .separate(let maps)), (.eluPlusOne, .separate(let maps)):
      hasOtherWidth(maps)
    case (.identity, .interleaved), (.relu, .interleaved), (.eluPlusOne, .interleaved): false
    }
  }

  private func hasOtherWidth(_ maps: AttentionOperands<MapRef>) -> Bool {
    maps.query.shape.channels != maps.value.shape.channels
  }

  /// The second pass.
  func stage(of operation: LoweredOperation, _ site: StageSite) throws -> any RowStage {
    AttentionApplyStage(
      shape: try AttentionShape(self, output: operation.output.shape, site.cache),
      elementSize: site.elementSize)
  }

  /// Linear attention whose weights are formed, for few tokens.
  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) throws {
    let maps = layout.attentionMaps(self, operation)
    let output = layout.placement(writing: operation.output)
    let residual = operation.residual.map { layout.placement(reading: $0) }
    layout.append(
      QuadraticAttentionStep(
        shape: try AttentionShape(self, output: operation.output.shape, layout.cache), queries: maps.query,
        keys: maps.key, values: maps.value, output: output, residual: residual, paths: [operation.path],
        multiplyAdds: operation.multiplyAdds))
  }
}

extension AttentionShape {
  /// The numbers of an attention with an output of a shape.
  init(_ attention: LinearAttention, output: Shape, _ cache: WeightCache) throws {
    let width = attention.headDimension
    self.init(
      heads: output.channels / width, keyWidth: width, valueWidth: width,
      headStride: attention.layout == .interleaved ? 3 * width : width, map: FOVEA_FEATURES_IDENTITY,
      epsilon: attention.epsilon)
    switch attention.featureMap {
    case .identity, .positiveRandom: break
    case .relu: map = FOVEA_FEATURES_RELU
    case .eluPlusOne: map = FOVEA_FEATURES_ELU_PLUS_ONE
    case .focused(let power, let offset, let scale):
      map = FOVEA_FEATURES_FOCUSED
      (self.power, self.offset) = (power, offset)
      inverseScale = try cache.vector(scale, name: " inverse softplus") { scale in
        scale.map { Float(1 / log1p(exp(Double($0)))) }
      }
    }
  }
}
