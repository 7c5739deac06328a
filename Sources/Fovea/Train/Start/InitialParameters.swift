import FoveaGraph
import FoveaModels

/// The values that training from scratch begins with; they follow from the seed, the path and the layer alone.
///
/// Kernels before a batch norm are normal with variance 2 / fan-out (He et al., 2015); other weights are truncated
/// normal, cut at two deviations of √(1 / (3 fan-in)), or of 0.02 for tables and for a convolution that gives the
/// classes. Norms begin as the identity, biases and everything else at 0.
struct InitialParameters: ParameterSource {
  private enum Rule {
    case normal(deviation: Double)
    case truncated(deviation: Double)
    case constant(Float)
  }

  private let seed: UInt64
  private let rules: [String: Rule]

  /// The values of a graph's parameters.
  init(_ graph: Graph, seed: UInt64) {
    self.seed = seed
    var rules: [String: Rule] = [:]
    let normed = Set(
      graph.nodes.compactMap { node -> Int? in
        if case .batchNorm = node.operation { node.inputs[0].index } else { nil }
      })
    let logits = graph.output(named: "logits").flatMap(graph.lastLayer)
    for (index, node) in graph.nodes.enumerated() {
      let own = Self.rules(node.operation, isNormed: normed.contains(index), isLast: index == logits)
      for (parameter, rule) in own { rules[parameter.path] = rule }
    }
    self.rules = rules
  }

  /// What an operation's parameters begin with, where that is not 0.
  private static func rules(
    _ operation: FoveaGraph.Operation, isNormed: Bool, isLast: Bool
  ) -> [(Parameter, Rule)] {
    if case .convolution(let layer) = operation {
      return [(layer.weight, rule(layer, isNormed: isNormed, isLast: isLast))]
    }
    if case .transposedConvolution(let layer) = operation {
      let fan = Double(layer.weight.shape[0])
      return [(layer.weight, .truncated(deviation: (1 / (3 * fan)).squareRoot()))]
    }
    if case .batchNorm(let norm) = operation {
      return [(norm.weight, .constant(1)), (norm.variance, .constant(1))]
    }
    if case .layerNorm(let norm) = operation { return [(norm.weight, .constant(1))] }
    if case .constant(let constant) = operation { return [(constant.table, .truncated(deviation: 0.02))] }
    return []
  }

  private static func rule(_ layer: Convolution, isNormed: Bool, isLast: Bool) -> Rule {
    let area = layer.kernel * layer.kernel
    if isLast { return .truncated(deviation: 0.02) }
    guard isNormed else {
      let fan = Double(area * layer.inputChannels / layer.groups)
      return .truncated(deviation: (1 / (3 * fan)).squareRoot())
    }
    return .normal(deviation: (2 / Double(area * layer.outputChannels / layer.groups)).squareRoot())
  }

  /// The first values of a parameter. O(count).
  func values(of parameter: Parameter) -> [Float] {
    var numbers = RandomNumbers(seed: seed, name: parameter.path)
    switch rules[parameter.path] {
    case .normal(let deviation): return numbers.normals(count: parameter.count).map { $0 * Float(deviation) }
    case .truncated(let deviation):
      return (0..<parameter.count).map { _ in Float(numbers.truncatedNormal() * deviation) }
    case .constant(let value): return [Float](repeating: value, count: parameter.count)
    case nil: return [Float](repeating: 0, count: parameter.count)
    }
  }
}

extension RandomNumbers {
  /// A standard normal number that is within two deviations.
  fileprivate mutating func truncatedNormal() -> Double {
    while true {
      let (first, second) = normals()
      if abs(first) <= 2 { return first }
      if abs(second) <= 2 { return second }
    }
  }
}
