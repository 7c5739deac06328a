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
  let threads: Int
  let elementSize: Int
  let isFusing: Bool
  /// Bytes that the rings of a strip may take.
  let stripBudget: Int
  /// For each map that something computes, the operations that read it (through channel slices).
  let readers: [Int: [Int]]
  /// For each operation's output, the operation.
  let producers: [Int: Int]

  init(
    graph: Graph, inputs: [Shape], outputs: [Value], cache: WeightCache, threads: Int, elementSize: Int,
    isFusing: Bool, stripBudget: Int
  ) throws(ShapeError) {
    self.graph = graph
    shapes = try graph.shapes(inputs: inputs)
    multiplyAdds = graph.multiplyAdds(shapes: shapes)
    var lowering = Lowering(graph: graph, shapes: shapes, outputs: outputs, isFusing: isFusing)
    operations = lowering.operations()
    requested = Set(outputs.map(\.index))
    self.cache = cache
    self.threads = threads
    self.elementSize = elementSize
    self.isFusing = isFusing
    self.stripBudget = stripBudget
    var readers: [Int: [Int]] = [:]
    var producers: [Int: Int] = [:]
    for (index, operation) in operations.enumerated() {
      producers[operation.output.index] = index
      guard !graph.isChannelSlice(operation.node) else { continue }
      for value in operation.inputs + (operation.residual.map { [$0] } ?? []) {
        readers[graph.root(of: value).index, default: []].append(index)
      }
    }
    for output in outputs { readers[graph.root(of: output).index, default: []].append(.max) }
    self.readers = readers
    self.producers = producers
  }

  func shape(_ value: Value) -> Shape { shapes[value.index] }
  func node(_ operation: LoweredOperation) -> Node { graph.nodes[operation.node] }
  func bytes(_ value: Value) -> Int { shape(value).elements * elementSize }
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
