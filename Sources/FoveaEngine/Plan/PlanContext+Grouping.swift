import FoveaGraph

// Which operations run as one program of strips.
extension PlanContext {
  /// How an operation runs.
  enum Kind {
    /// It is a name for channels of another map.
    case view
    /// Row by row, alone or with others.
    case stage
    /// On its own, over whole maps.
    case barrier
  }

  func kind(_ operation: LoweredOperation) -> Kind {
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

  func isLinearInTokens(_ attention: LinearAttention, _ operation: LoweredOperation) -> Bool {
    if case .positiveRandom = attention.featureMap { return false }
    let tokens = shape(operation.output).tokens
    return !(attention.isQuadraticAtFewTokens && tokens <= attention.headDimension)
  }

  /// The rows that a strip needs beyond its own from the stage before; 0 where pixels stand alone.
  private func halo(_ operation: LoweredOperation) -> Int {
    switch node(operation).operation {
    case .convolution(let convolution): max(0, convolution.kernel - convolution.stride)
    case .resize: 3
    default: 0
    }
  }

  private func readsNeighbours(_ operation: LoweredOperation) -> Bool {
    switch node(operation).operation {
    case .convolution(let convolution): convolution.kernel > 1 || convolution.stride > 1
    case .resize, .spaceToDepth, .transposedConvolution: true
    default: false
    }
  }

  /// The longest run of operations from `first` on that gains from running together.
  ///
  /// A map between two of them stays in the cache; one that later steps read too is written as well. A run
  /// does not end between an expanded map and the operation that reads its neighbourhood, if it can help it.
  func group(from first: Int) -> [Int] {
    guard isFusing, shape(operations[first].output).rows >= 16 * threads else { return [first] }
    var members = [first]
    var best = [first]
    var fallback = [first]
    for next in operations.indices.dropFirst(first + 1) {
      if kind(operations[next]) == .view { continue }
      guard kind(operations[next]) == .stage, joins(operations[next], members) else { break }
      members.append(next)
      guard isWhole(members) else { continue }
      fallback = members
      if !separatesExpansion(after: next) { best = members }
    }
    let startsWithExpansion = separatesExpansion(after: first)
    return best.count > 1 || !startsWithExpansion ? best : fallback
  }

  /// Whether an operation reads a member's output, and nothing that it must see whole before it starts.
  private func joins(_ operation: LoweredOperation, _ members: [Int]) -> Bool {
    let outputs = Set(members.map { operations[$0].output.index })
    let isMember = { (value: Value) in outputs.contains(graph.root(of: value).index) }
    var reads = operation.inputs
    switch node(operation).operation {
    case .linearAttention:
      guard !reads.contains(where: isMember) else { return false }
      reads = []
    case .resize:
      guard isMember(operation.inputs[0]) else { return false }
      reads = [operation.inputs[0]]
    default: break
    }
    guard (reads + (operation.residual.map { [$0] } ?? [])).contains(where: isMember) else { return false }
    guard !readsWrittenParts(operation, members) else { return false }
    return !readsNeighbours(operation) || haloPays(operation, members)
  }

  /// Whether an operation reads a joined map whose parts are members' outputs: those are written, not kept.
  private func readsWrittenParts(_ operation: LoweredOperation, _ members: [Int]) -> Bool {
    let outputs = Set(members.map { operations[$0].output.index })
    return operation.inputs.contains { input in
      let root = graph.root(of: input).index
      guard case .concatenate = graph.nodes[root].operation else { return false }
      return graph.nodes[root].inputs.contains { outputs.contains(graph.root(of: $0).index) }
    }
  }

  /// Threads compute the rows where their parts meet twice: worth it where maps are tall or large.
  private func haloPays(_ operation: LoweredOperation, _ members: [Int]) -> Bool {
    let hasProjection = members.dropFirst().contains { member in
      guard case .convolution(let convolution) = node(operations[member]).operation else { return false }
      return convolution.kernel == 1 && convolution.outputChannels <= convolution.inputChannels
    }
    guard !hasProjection else { return false }
    let input = shape(operation.inputs[0])
    return halo(operation) * (threads - 1) * 12 <= input.height * input.batch
  }

  /// Every member but the last is read by a later one, and what others read too is read pixel by pixel here.
  private func isWhole(_ members: [Int]) -> Bool {
    let last = members[members.count - 1]
    return members.dropLast().allSatisfy { member in
      let output = operations[member].output
      let inside = (readers[output.index] ?? []).filter(members.contains)
      guard !inside.isEmpty, inside.allSatisfy({ $0 <= last }) else { return false }
      guard isMaterialised(output, members) else { return true }
      return inside.allSatisfy { reader in
        let readsAround = readsNeighbours(operations[reader])
        let isMain = graph.root(of: operations[reader].inputs[0]).index == output.index
        return !(readsAround && isMain)
      }
    }
  }

  /// Whether a map must be in the arena: somebody outside the members reads it.
  func isMaterialised(_ output: Value, _ members: [Int]) -> Bool {
    !(readers[output.index] ?? []).allSatisfy(members.contains)
  }

  private func separatesExpansion(after index: Int) -> Bool {
    let operation = operations[index]
    let (input, output) = (operation.inputs[0], operation.output)
    guard bytes(output) > bytes(input), let outputReaders = readers[output.index], outputReaders.count == 1,
      outputReaders[0] < operations.count
    else { return false }
    let reader = operations[outputReaders[0]]
    return kind(reader) == .stage && readsNeighbours(reader)
      && halo(reader) * (threads - 1) * 12 <= shape(output).height * shape(output).batch
  }
}
