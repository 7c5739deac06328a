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
      switch node.operation {
      case .convolution(let layer):
        rules[layer.weight.path] = Self.rule(
          layer, isNormed: normed.contains(index), isLast: index == logits)
      case .transposedConvolution(let layer):
        let fan = Double(layer.weight.shape[0])
        rules[layer.weight.path] = .truncated(deviation: (1 / (3 * fan)).squareRoot())
      case .batchNorm(let norm):
        rules[norm.weight.path] = .constant(1)
        rules[norm.variance.path] = .constant(1)
      case .layerNorm(let norm): rules[norm.weight.path] = .constant(1)
      case .constant(let constant): rules[constant.table.path] = .truncated(deviation: 0.02)
      default: break
      }
    }
    self.rules = rules
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
