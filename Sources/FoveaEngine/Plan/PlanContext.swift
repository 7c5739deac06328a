import FoveaGraph

/// What planning reads, and never changes.
struct PlanContext {
  let graph: Graph
  let shapes: [Shape]
  let multiplyAdds: [Int]
  let operations: [LoweredOperation]
  /// The maps that the caller asked for.
  let requested: Set<Int>
  let cache: WeightCache
  let settings: PlanSettings
  /// For each map that something computes, the operations that read it (through channel slices).
  let readers: [Int: [Int]]
  /// For each operation's output, the operation.
  let producers: [Int: Int]
  /// For linear attentions whose queries, keys and values are large, the operations that compute these from
  /// smaller maps: they run twice, once for each pass, and nothing of theirs is kept.
  private(set) var recomputations: [Int: Set<Int>] = [:]

  init(
    graph: Graph, inputs: [Shape], outputs: [Value], cache: WeightCache, settings: PlanSettings
  ) throws(ShapeError) {
    self.graph = graph
    shapes = try graph.shapes(inputs: inputs)
    multiplyAdds = graph.multiplyAdds(shapes: shapes)
    var lowering = Lowering(
      graph: graph, shapes: shapes, outputs: outputs, isFusing: settings.fusesOperations,
      largeElements: settings.largeMap / settings.elementSize)
    operations = lowering.operations()
    requested = Set(outputs.map(\.index))
    self.cache = cache
    self.settings = settings
    var readers: [Int: [Int]] = [:]
    var producers: [Int: Int] = [:]
    for (index, operation) in operations.enumerated() {
      producers[operation.output.index] = index
      guard !graph.isChannelSlice(operation.node) else { continue }
      for value in operation.reads { readers[graph.root(of: value).index, default: []].append(index) }
    }
    for output in outputs { readers[graph.root(of: output).index, default: []].append(.max) }
    self.readers = readers
    self.producers = producers
    guard settings.streams else { return }
    for index in operations.indices {
      let twice = recomputable(for: index)
      guard let first = twice.min() else { continue }
      recomputations[index] = twice
      let group = group(from: first, among: Array(operations.indices))
      if !group.members.contains(index) { recomputations[index] = nil }
    }
  }

  /// What runs twice for an attention; empty for most.
  func recomputed(for index: Int) -> Set<Int> { recomputations[index] ?? [] }

  func shape(_ value: Value) -> Shape { shapes[value.index] }
  func node(_ operation: LoweredOperation) -> Node { graph.nodes[operation.node] }
  func bytes(_ value: Value) -> Int { shape(value).elements * settings.elementSize }

  /// Of a linear attention the half that sums keys and values; of others none.
  func firstPassMultiplyAdds(_ operation: LoweredOperation) -> Int {
    guard case .linearAttention = node(operation).operation else { return 0 }
    return multiplyAdds[operation.node] / 2
  }

  /// The operation that computes a map, or whose channels it is.
  func producer(of value: Value) -> Int? { producers[graph.root(of: value).index] }
}

/// What plans of an engine have in common.
struct PlanSettings: Sendable, Hashable {
  var threads: Int
  var elementSize: Int
  var fusesOperations: Bool
  /// Bytes that the rings of a strip may take.
  var stripBudget: Int
  /// Bytes from which on a map is narrowed early, and computed again rather than kept where plans stream.
  var largeMap: Int
  /// Whether the image's rows arrive one after the other, and large maps are not kept.
  var flow = RowFlow.whole
  var streams: Bool { flow != .whole }
  /// True where a map in the caller's memory has the elements that kernels read: it is then read where it lies.
  var borrowsInputs: Bool { elementSize == MemoryLayout<Float>.size && !streams }
}

extension LoweredOperation {
  /// The maps whose elements it reads.
  var reads: [Value] { inputs + (residual.map { [$0] } ?? []) }
}

extension Graph {
  /// Whether a node is a run of channels of another map, which needs no copy.
  func isChannelSlice(_ node: Int) -> Bool {
    if case .slice(let slice) = nodes[node].operation { slice.axis == .channels } else { false }
  }

  /// The map whose channels a value is, and from which channel on.
  func root(of value: Value) -> (index: Int, channelOffset: Int) {
    var (index, offset) = (value.index, 0)
    while case .slice(let slice) = nodes[index].operation, slice.axis == .channels {
      offset += slice.start
      index = nodes[index].inputs[0].index
    }
    return (index, offset)
  }
}
