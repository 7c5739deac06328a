import FoveaGraph

/// One or several nodes of a graph that run as one operation: a main node and what its kernel takes in.
struct LoweredOperation: Sendable {
  /// The index of the node that gives the operation its kind.
  var node: Int
  /// The maps that the main node reads.
  var inputs: [Value]
  /// A batch norm folded into the weights.
  var norm: BatchNorm?
  /// A pointwise function in the epilogue.
  var activation = Activation.identity
  /// A map added after the activation.
  var residual: Value?
  /// What the last of the nodes computes.
  var output: Value
}

/// Turns a graph into operations with norms, activations and residual sums folded in.
///
/// A node is folded where it is the only reader of the one before, and the map between is not asked for.
struct Lowering {
  let graph: Graph
  let shapes: [Shape]
  let isFusing: Bool
  private let readers: [[Int]]
  private let isRequested: [Bool]
  private let isLive: [Bool]
  private var isFolded: [Bool]
  private var isComputed: [Bool]
  /// Elements from which on a map is large.
  private let largeElements: Int

  init(graph: Graph, shapes: [Shape], outputs: [Value], isFusing: Bool, largeElements: Int) {
    self.graph = graph
    self.shapes = shapes
    self.isFusing = isFusing
    self.largeElements = largeElements
    let count = graph.nodes.count
    var live = [Bool](repeating: false, count: count)
    var requested = live
    for output in outputs {
      live[output.index] = true
      requested[output.index] = true
    }
    for index in (0..<count).reversed() where live[index] {
      for input in graph.nodes[index].dataInputs { live[input.index] = true }
    }
    var readers = [[Int]](repeating: [], count: count)
    for index in 0..<count where live[index] {
      for input in graph.nodes[index].dataInputs { readers[input.index].append(index) }
    }
    self.readers = readers
    isRequested = requested
    isLive = live
    isFolded = [Bool](repeating: false, count: count)
    isComputed = isFolded
  }

  /// The operations, each after those that it reads.
  mutating func operations() -> [LoweredOperation] {
    var result: [LoweredOperation] = []
    for index in order() where isLive[index] && !isFolded[index] {
      let operation = lower(index)
      isComputed[index] = true
      isComputed[operation.output.index] = true
      result.append(operation)
    }
    return result
  }

  /// The nodes as they run: in the graph's order, but for those that narrow a large map.
  private func order() -> [Int] {
    guard isFusing else { return Array(graph.nodes.indices) }
    var early: [Int: Int] = [:]
    for index in graph.nodes.indices {
      if let map = mapNarrowedLast(by: index) { early[map] = index }
    }
    let moved = Set(early.values)
    var order: [Int] = []
    for index in graph.nodes.indices where !moved.contains(index) {
      var next: Int? = index
      while let node = next {
        order.append(node)
        next = early[node]
      }
    }
    return order
  }

  /// The large map of whose channels a node leaves fewer, and that others read before: narrowed as soon as it is
  /// there, it is forgotten when they are done. (Of small maps the peak may be where they are computed.)
  private func mapNarrowedLast(by index: Int) -> Int? {
    guard case .convolution(let convolution) = graph.nodes[index].operation, convolution.isPointwise,
      convolution.outputChannels < convolution.inputChannels
    else { return nil }
    let map = graph.nodes[index].inputs[0].index
    let isLast = readers[map].count > 1 && readers[map].last == index && !isRequested[map]
    return isLast && shapes[map].elements >= largeElements ? map : nil
  }

  private mutating func lower(_ index: Int) -> LoweredOperation {
    let node = graph.nodes[index]
    var lowered = LoweredOperation(node: index, inputs: node.dataInputs, output: value(index))
    guard isFusing else { return lowered }
    switch node.operation {
    case .convolution:
      foldNorm(into: &lowered)
      foldActivation(into: &lowered)
      foldResidual(into: &lowered)
    case .batchNorm:
      foldActivation(into: &lowered)
      foldResidual(into: &lowered)
    case .linearAttention, .resize:
      foldResidual(into: &lowered)
    default: break
    }
    return lowered
  }

  private func value(_ index: Int) -> Value {
    Value(index: index, channels: shapes[index].channels)
  }

  /// The only reader of a map, unless the caller asked for the map itself.
  private func soleReader(of value: Value) -> Int? {
    guard readers[value.index].count == 1, !isRequested[value.index] else { return nil }
    return readers[value.index][0]
  }

  private mutating func absorb(_ node: Int, into lowered: inout LoweredOperation) {
    isFolded[node] = true
    lowered.output = value(node)
  }

  private mutating func foldNorm(into lowered: inout LoweredOperation) {
    guard let reader = soleReader(of: lowered.output),
      case .batchNorm(let norm) = graph.nodes[reader].operation
    else { return }
    lowered.norm = norm
    absorb(reader, into: &lowered)
  }

  private mutating func foldActivation(into lowered: inout LoweredOperation) {
    guard let reader = soleReader(of: lowered.output),
      case .activation(let activation) = graph.nodes[reader].operation
    else { return }
    lowered.activation = activation
    absorb(reader, into: &lowered)
  }

  /// The other summand must be computed before, and be of the same shape: a repeating one is left alone.
  private mutating func foldResidual(into lowered: inout LoweredOperation) {
    guard let reader = soleReader(of: lowered.output),
      case .combine(let combination) = graph.nodes[reader].operation, combination.kind == .add
    else { return }
    let summands = graph.nodes[reader].inputs
    let other = summands[0] == lowered.output ? summands[1] : summands[0]
    guard other != lowered.output, isComputed[other.index], shapes[other.index] == shapes[reader],
      shapes[lowered.output.index] == shapes[reader]
    else { return }
    lowered.residual = other
    absorb(reader, into: &lowered)
  }
}
