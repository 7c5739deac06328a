import FoveaGraph

extension Program {
  /// The first pass: a graph for inputs of some shapes, of which the caller wants some outputs. O(nodes).
  ///
  /// Throws a `ShapeError` where the inputs do not fit.
  package init(
    lowering graph: Graph, inputs: [Shape], outputs: [Value], _ rules: LoweringRules = .init()
  ) throws(ShapeError) {
    var lowering = Lowering(
      graph: graph, shapes: try graph.shapes(inputs: inputs), outputs: outputs, rules: rules)
    self = lowering.program()
  }
}

/// What a graph's lowering may change about its order.
package struct LoweringRules: Sendable {
  /// Whether operations take in what follows them. Training applies norms and activations in its own way.
  package var isFusing = false
  /// Elements from which on a map is large, and narrowed as soon as it is there.
  package var largeElements = Int.max

  package init(isFusing: Bool = false, largeElements: Int = .max) {
    self.isFusing = isFusing
    self.largeElements = largeElements
  }
}

/// Turns a graph into operations with norms, activations and residual sums folded in.
///
/// A node is folded where it is the only reader of the one before, and the map between is not asked for.
private struct Lowering {
  private let graph: Graph
  private let shapes: [Shape]
  private let outputs: [Value]
  private let rules: LoweringRules
  private let multiplyAdds: [Int]
  private let readers: [[Int]]
  private let isRequested: [Bool]
  private let isLive: [Bool]
  private var isFolded: [Bool]
  /// What every computed value refers to.
  private var references: [Int: MapRef] = [:]
  private var operations: [LoweredOperation] = []

  init(graph: Graph, shapes: [Shape], outputs: [Value], rules: LoweringRules) {
    self.graph = graph
    self.shapes = shapes
    self.outputs = outputs
    self.rules = rules
    multiplyAdds = graph.multiplyAdds(shapes: shapes)
    let count = graph.nodes.count
    var live = [Bool](repeating: false, count: count)
    isFolded = live
    for output in outputs { live[output.index] = true }
    isRequested = live
    for index in (0..<count).reversed() where live[index] {
      for input in graph.nodes[index].elementInputs { live[input.index] = true }
    }
    var readers = [[Int]](repeating: [], count: count)
    for index in 0..<count where live[index] {
      for input in graph.nodes[index].elementInputs { readers[input.index].append(index) }
    }
    self.readers = readers
    isLive = live
  }

  mutating func program() -> Program {
    for index in order() where isLive[index] && !isFolded[index] { lower(index) }
    let inputs = graph.inputs.map { map(of: $0.value.index) }
    return Program(
      operations: operations, inputs: inputs, outputs: outputs.compactMap { references[$0.index] },
      references: references)
  }

  // MARK: Order

  /// The nodes as they run: in the graph's order, but for those that narrow a large map.
  private func order() -> [Int] {
    guard rules.isFusing else { return Array(graph.nodes.indices) }
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

  /// The large map of whose channels a node leaves fewer, and that others read before: narrowed as soon as it
  /// is there, it is forgotten when they are done. (Of small maps the peak may be where they are computed.)
  private func mapNarrowedLast(by index: Int) -> Int? {
    guard case .convolution(let convolution) = graph.nodes[index].operation, convolution.isPointwise,
      convolution.outputChannels < convolution.inputChannels
    else { return nil }
    let map = graph.nodes[index].inputs[0].index
    let isLast = readers[map].count > 1 && readers[map].last == index && !isRequested[map]
    return isLast && shapes[map].elements >= rules.largeElements ? map : nil
  }

  // MARK: Folding

  private mutating func lower(_ index: Int) {
    let node = graph.nodes[index]
    let known = node.operation.engine
    let lowered = known.lowered(
      node.inputs.map { references[$0.index] ?? map(of: $0.index) }, to: shapes[index])
    if case .alias(let map) = lowered.access {
      references[index] = map
      return
    }
    var operation = LoweredOperation(
      id: OperationID(operations.count), operation: node.operation, path: node.path,
      operands: lowered.operands, access: lowered.access, work: lowered.work, output: map(of: index),
      multiplyAdds: multiplyAdds[index])
    if rules.isFusing {
      if known.epilogue.contains(.norm) { foldNorm(into: &operation) }
      if known.epilogue.contains(.activation) { foldActivation(into: &operation) }
      if known.epilogue.contains(.residual) { foldResidual(into: &operation) }
    }
    references[index] = map(of: index)
    references[operation.output.map.node] = operation.output
    operations.append(operation)
  }

  private func map(of index: Int) -> MapRef { MapRef(MapID(node: index), shapes[index]) }

  /// The only reader of what an operation computes, unless the caller asked for that itself.
  private func soleReader(of operation: LoweredOperation) -> Int? {
    let node = operation.output.map.node
    return readers[node].count == 1 && !isRequested[node] ? readers[node][0] : nil
  }

  private mutating func absorb(_ node: Int, into operation: inout LoweredOperation) {
    isFolded[node] = true
    operation.output = map(of: node)
  }

  private mutating func foldNorm(into operation: inout LoweredOperation) {
    guard let reader = soleReader(of: operation), case .batchNorm(let norm) = graph.nodes[reader].operation
    else { return }
    operation.norm = norm
    absorb(reader, into: &operation)
  }

  private mutating func foldActivation(into operation: inout LoweredOperation) {
    guard let reader = soleReader(of: operation),
      case .activation(let activation) = graph.nodes[reader].operation
    else { return }
    operation.activation = activation
    absorb(reader, into: &operation)
  }

  /// The other summand must be computed before, and be of the same shape: a repeating one is left alone.
  private mutating func foldResidual(into operation: inout LoweredOperation) {
    let node = operation.output.map.node
    guard let reader = soleReader(of: operation),
      case .combine(let combination) = graph.nodes[reader].operation, combination.kind == .add
    else { return }
    let summands = graph.nodes[reader].inputs
    let other = summands[0].index == node ? summands[1].index : summands[0].index
    guard other != node, let residual = references[other], shapes[other] == shapes[reader],
      shapes[node] == shapes[reader]
    else { return }
    operation.residual = residual
    absorb(reader, into: &operation)
  }
}
