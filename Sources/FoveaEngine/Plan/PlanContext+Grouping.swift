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
  private func halo(_ operation: LoweredOperation) -> Int {
    switch node(operation).operation {
    case .convolution(let convolution): max(0, convolution.kernel - convolution.stride)
    case .resize: 3
    default: 0
    }
  }

  private func readsNeighbours(_ operation: LoweredOperation) -> Bool {
    switch node(operation).operation {
    case .convolution(let convolution): !convolution.isPointwise
    case .resize, .spaceToDepth, .transposedConvolution: true
    default: false
    }
  }

  /// Whether an operation's whole output needs its whole input, without gaps between rows or at the end.
  private func coversInput(_ operation: LoweredOperation) -> Bool {
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
    case .combine:
      // A map that repeats over the other is not computed pixel by pixel with it.
      guard shape(operation.inputs[1]) == shape(operation.output) || !isMember(operation.inputs[1])
      else { return false }
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

  /// Every member but the last is read by a later one, and what others read too is read pixel by pixel here
  /// and is needed whole by those that follow.
  private func isWhole(_ members: [Int]) -> Bool {
    let last = members[members.count - 1]
    return members.dropLast().allSatisfy { member in
      let output = operations[member].output
      let inside = (readers[output.index] ?? []).filter(members.contains)
      guard !inside.isEmpty, inside.allSatisfy({ $0 <= last }) else { return false }
      guard isMaterialised(output, members) else { return true }
      guard members.allSatisfy({ $0 <= member || coversInput(operations[$0]) }) else { return false }
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
