import FoveaEngine
import FoveaGraph

/// The operations that an output needs, as units: norms and activations folded into who feeds them, channel slices
/// and reshapes into references.
struct UnitList {
  private(set) var units: [Unit] = []
  /// What every node's value refers to.
  private(set) var references: [Int: MapReference] = [:]
  private let graph: Graph
  private let shapes: [Shape]
  /// How many needed nodes read a node.
  private let readerCounts: [Int]

  /// The last convolution before the output, whose input drops out; nil where none does.
  private let head: Int?

  init(graph: Graph, shapes: [Shape], output: Value, dropsOut: Bool) {
    head = dropsOut ? graph.lastLayer(of: output) : nil
    self.graph = graph
    self.shapes = shapes
    var needed = Set([output.index])
    var counts = [Int](repeating: 0, count: graph.nodes.count)
    counts[output.index] = 1
    for (index, node) in graph.nodes.enumerated().reversed() where needed.contains(index) {
      for input in node.dataInputs {
        needed.insert(input.index)
        counts[input.index] += 1
      }
    }
    readerCounts = counts
    for index in graph.nodes.indices where needed.contains(index) { add(index) }
    for unit in units {
      for (position, input) in unit.inputs.enumerated() {
        units[input.unit].readers.append(Unit.Reader(unit: unit.index, input: position))
      }
    }
  }

  private mutating func add(_ index: Int) {
    let node = graph.nodes[index]
    switch node.operation {
    case .slice(let slice) where slice.axis == .channels:
      guard var reference = references[node.inputs[0].index] else { return }
      reference.channelOffset += slice.start
      reference.shape = shapes[index]
      references[index] = reference
    case .reshape:
      references[index] = references[node.inputs[0].index]
      references[index]?.shape = shapes[index]
    case .batchNorm(let norm):
      let unit = carrier(of: node.inputs[0]) { $0.norm == nil && $0.activation == .identity }
      (unit ?? append(index, node)).norm = norm
      references[index] = unit.map { MapReference(unit: $0.index, shape: shapes[index]) } ?? references[index]
    case .activation(let activation):
      let unit = carrier(of: node.inputs[0]) { $0.activation == .identity }
      (unit ?? append(index, node)).activation = activation
      references[index] = unit.map { MapReference(unit: $0.index, shape: shapes[index]) } ?? references[index]
    default:
      _ = append(index, node)
    }
  }

  /// The unit whose tail can take what reads a value alone.
  private func carrier(of value: Value, where canTake: (Unit) -> Bool) -> Unit? {
    guard readerCounts[value.index] == 1, let reference = references[value.index] else { return nil }
    let unit = units[reference.unit]
    guard unit.carriesTail else { return nil }
    let isWhole = reference.channelOffset == 0 && reference.shape.channels == unit.shape.channels
    return isWhole && canTake(unit) && !isShared(unit, by: value) ? unit : nil
  }

  /// Whether another node refers to the unit beside those on the way to a value.
  private func isShared(_ unit: Unit, by value: Value) -> Bool {
    references.contains { index, reference in
      reference.unit == unit.index && index != value.index && readerCounts[index] > 1
    }
  }

  private mutating func append(_ index: Int, _ node: Node) -> Unit {
    var inputs = node.dataInputs.compactMap { references[$0.index] }
    if index == head { inputs = [addDropout(before: node, inputs[0])] }
    if case .linearAttention(let attention) = node.operation, let features = RandomFeatures(attention) {
      for (input, isKey) in [(0, false), (1, true)] {
        inputs[input] = addFeatures(features.of(keys: isKey), before: node, inputs[input])
      }
    }
    let unit = Unit(index: units.count, node: node, shape: shapes[index], inputs: inputs)
    units.append(unit)
    references[index] = MapReference(unit: unit.index, shape: shapes[index])
    return unit
  }

  private mutating func addDropout(before node: Node, _ input: MapReference) -> MapReference {
    let unit = Unit(index: units.count, node: node, shape: input.shape, inputs: [input])
    unit.isDropout = true
    units.append(unit)
    return MapReference(unit: unit.index, shape: unit.shape)
  }

  private mutating func addFeatures(
    _ features: RandomFeatures, before node: Node, _ input: MapReference
  ) -> MapReference {
    var shape = input.shape
    shape.channels = shape.channels / features.width * features.count
    let unit = Unit(index: units.count, node: node, shape: shape, inputs: [input])
    unit.randomFeatures = features
    units.append(unit)
    return MapReference(unit: unit.index, shape: shape)
  }
}
