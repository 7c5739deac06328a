import FoveaGraph

/// How an operation runs.
enum OperationKind {
  /// It is a name for channels of another map.
  case view
  /// Row by row, alone or with others.
  case stage
  /// On its own, over whole maps.
  case barrier
}

extension PlanContext {
  func kind(_ operation: LoweredOperation) -> OperationKind {
    switch node(operation).operation {
    case .slice(let slice): slice.axis == .channels ? .view : .barrier
    case .convolution, .batchNorm, .layerNorm, .activation, .combine, .rotary, .spaceToDepth, .resize,
      .transposedConvolution:
      .stage
    case .linearAttention(let attention): isLinearInTokens(attention, operation) ? .stage : .barrier
    case .input, .constant, .concatenate, .reshape, .globalAverage, .windowPartition, .windowMerge,
      .softmaxAttention, .tokenProduct:
      .barrier
    }
  }

  private func isLinearInTokens(_ attention: LinearAttention, _ operation: LoweredOperation) -> Bool {
    guard !runsByDefinition(attention, operation) else { return false }
    let tokens = shape(operation.output).tokens
    return !(attention.isQuadraticAtFewTokens && tokens <= attention.headDimension)
  }

  /// Attentions of no known model, and those whose features the kernels do not have.
  func runsByDefinition(_ attention: LinearAttention, _ operation: LoweredOperation) -> Bool {
    let channels = operation.inputs.map { shape($0).channels }
    // Values wider or narrower than queries.
    if attention.layout == .separate && channels[0] != channels[2] { return true }
    return switch attention.featureMap {
    case .positiveRandom: true
    // Its norms are over the channels of all heads, and of one map.
    case .focused: attention.layout == .interleaved || operation.inputs.count > 3
    case .identity, .relu, .eluPlusOne: false
    }
  }

  /// The rows that a strip needs beyond its own from the stage before; 0 where pixels stand alone.
  func halo(_ operation: LoweredOperation) -> Int {
    switch node(operation).operation {
    case .convolution(let convolution): max(0, convolution.kernel - convolution.stride)
    case .resize: 3
    default: 0
    }
  }

  /// Whether a pixel depends on the pixels around it in the main input.
  func readsNeighbours(_ operation: LoweredOperation) -> Bool {
    switch node(operation).operation {
    case .convolution(let convolution): !convolution.isPointwise
    case .resize, .spaceToDepth, .transposedConvolution: true
    default: false
    }
  }

  /// Whether an operation's whole output needs its whole input, without gaps between rows or at the end.
  func coversInput(_ operation: LoweredOperation) -> Bool {
    let (input, output) = (shape(operation.inputs[0]), shape(operation.output))
    switch node(operation).operation {
    case .convolution(let convolution):
      let reach = { (outputs: Int) in
        (outputs - 1) * convolution.stride - convolution.padding + convolution.kernel
      }
      return convolution.kernel >= convolution.stride && reach(output.height) >= input.height
        && reach(output.width) >= input.width
    case .resize: return output.height >= input.height && output.width >= input.width
    default: return true
    }
  }

  /// Whether a layer narrows a map that was widened before it: the end of a bottleneck.
  func isProjection(_ operation: LoweredOperation) -> Bool {
    guard case .convolution(let convolution) = node(operation).operation else { return false }
    return convolution.kernel == 1 && convolution.outputChannels <= convolution.inputChannels
  }

  /// The operations of a set that some maps are computed from, in order.
  func ancestors(of values: [Value], within set: Set<Int>) -> [Int] {
    var result: Set<Int> = []
    var pending = values.compactMap(producer)
    while let candidate = pending.popLast() {
      guard set.contains(candidate), result.insert(candidate).inserted else { continue }
      pending += operations[candidate].reads.compactMap(producer)
    }
    return result.sorted()
  }

  /// Members without those that only an attention's first pass reads: its keys, and values of no depthwise term.
  func secondPass(_ members: [Int]) -> [Int] {
    var needed: Set<Int> = []
    for member in members.reversed() {
      let operation = operations[member]
      guard needed.contains(member) || member == members.last || isMaterialised(operation.output, members)
      else { continue }
      needed.insert(member)
      var reads = operation.reads
      if case .linearAttention(let attention) = node(operation).operation, attention.layout == .separate,
        !recomputed(for: member).isEmpty
      {
        reads = [operation.inputs[0]] + operation.inputs.dropFirst(3).prefix(1)
        if let residual = operation.residual { reads.append(residual) }
      }
      needed.formUnion(reads.compactMap(producer))
    }
    return members.filter(needed.contains)
  }

  /// What could run twice for a linear attention whose queries, keys and values are large: the operations
  /// between these and the maps that others read too. Empty elsewhere.
  func recomputable(for index: Int) -> Set<Int> {
    guard
      case .linearAttention = node(operations[index]).operation, kind(operations[index]) == .stage,
      operations[index].inputs.map(bytes).reduce(0, +) >= settings.largeMap
    else { return [] }
    var allowed: Set<Int> = [index]
    if let residual = operations[index].residual.flatMap(producer) { allowed.insert(residual) }
    var result: Set<Int> = []
    var pending = operations[index].inputs.compactMap(producer)
    while let candidate = pending.popLast() {
      let operation = operations[candidate]
      let outside = (readers[operation.output.index] ?? []).filter {
        !allowed.contains($0) && !result.contains($0)
      }
      guard !result.contains(candidate), kind(operation) == .stage, outside.isEmpty else { continue }
      result.insert(candidate)
      pending += operation.inputs.compactMap(producer)
    }
    // what is read as one map is computed again as a whole, or not at all
    if case .linearAttention(let attention) = node(operations[index]).operation,
      attention.layout == .interleaved,
      !operations[index].inputs.allSatisfy({ producer(of: $0).map(result.contains) ?? false })
    {
      return []
    }
    return result
  }
}
