import FoveaGraph

/// A graph run plainly: every operation by its definition, unfused, in scalar Swift, one after the other.
///
/// It is the specification that every faster way is compared with, written to be read. Maps and parameters
/// are float32; every sum (and every function of one element) is computed in Double and rounded once, so
/// that a result is nearer to the exact one than any order of float32 sums.
public struct ReferenceExecutor: Sendable {
  private let graph: Graph
  private let parameters: any ParameterSource

  /// An executor of a graph with the parameters of a checkpoint, which are read while it runs.
  public init(graph: Graph, parameters: some ParameterSource) {
    self.graph = graph
    self.parameters = parameters
  }

  /// The maps of some values of the graph, in their order, for the graph's inputs in `graph.inputs`' order.
  ///
  /// Only what these values depend on is computed, and a map is freed after its last use. Throws a
  /// `ShapeError` where the inputs do not fit, and whatever the parameter source throws. Cost: the graph's
  /// multiply-adds, about one in a nanosecond.
  public func run(_ inputs: [FeatureMap], outputs: [Value]) throws -> [FeatureMap] {
    let shapes = try graph.shapes(inputs: inputs.map(\.shape))
    let lastReaders = lastReaders(outputs: outputs)
    var maps: [Int: FeatureMap] = [:]
    for (input, map) in zip(graph.inputs, inputs) { maps[input.value.index] = map }
    for (index, node) in graph.nodes.enumerated() where lastReaders[index] != nil {
      // An input node reads the caller's map.
      let arguments = maps[index].map { [$0] } ?? node.inputs.compactMap { maps[$0.index] }
      maps[index] = try node.operation.reference.evaluate(
        arguments, shape: shapes[index], parameters: parameters)
      for input in node.inputs where lastReaders[input.index] == index { maps[input.index] = nil }
    }
    return outputs.compactMap { maps[$0.index] }
  }

  /// For every node the last one that reads it, `.max` for the outputs, nil where they do not depend on it.
  private func lastReaders(outputs: [Value]) -> [Int?] {
    var readers = [Int?](repeating: nil, count: graph.nodes.count)
    for output in outputs { readers[output.index] = .max }
    for (index, node) in graph.nodes.enumerated().reversed() where readers[index] != nil {
      for input in node.inputs where readers[input.index] == nil { readers[input.index] = index }
    }
    return readers
  }
}
