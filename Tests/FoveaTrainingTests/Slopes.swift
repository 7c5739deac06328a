import FoveaEngine
import FoveaGraph
import Testing

/// The slopes of a loss Σ g · logits along random directions, from four values in float64 each.
struct Slopes {
  let graph: Graph
  let input: FeatureMap
  let source: any ParameterSource
  let gradient: FeatureMap
  /// True where the stored statistics of batch norms normalise, and not those of the batch.
  var isFrozen = false

  /// Central differences over h and 2h, whose error falls as h⁴; h is 2⁻⁷ of the parameter's size, where float32
  /// maps still tell the values apart to 2⁻²⁴ / 2⁻⁷.
  func slope(of parameter: Parameter, along direction: [Float]) throws -> Double {
    let values = try source.values(of: parameter)
    let size = (values.reduce(0) { $0 + $1 * $1 } / Float(values.count)).squareRoot()
    let h = max(size, 0.05) / 128
    func loss(_ factor: Float) throws -> Double {
      let moved = zip(values, direction).map { $0 + factor * h * $1 }
      return try self.loss(ReplacedParameter(source: source, path: parameter.path, replacement: moved))
    }
    let near = try loss(1) - loss(-1)
    let far = try loss(2) - loss(-2)
    return (8 * near - far) / (12 * Double(h))
  }

  private func loss(_ parameters: ReplacedParameter) throws -> Double {
    let map = try graph.referenceLogits(input, parameters, isFrozen: isFrozen)
    return zip(map.values, gradient.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
  }
}

extension Graph {
  /// The reference executor's logits in training, where batch norms have the moments of the batch unless frozen.
  func referenceLogits(
    _ input: FeatureMap, _ stored: some ParameterSource, isFrozen: Bool
  ) throws -> FeatureMap {
    let parameters: any ParameterSource =
      isFrozen ? stored : try BatchMoments(graph: self, input: input, source: stored)
    let logits = try #require(self.output(named: "logits"))
    return try ReferenceExecutor(graph: self, parameters: parameters).run([input], outputs: [logits])[0]
  }
}

/// Parameters of which one has other values.
struct ReplacedParameter: ParameterSource {
  let source: any ParameterSource
  let path: String
  let replacement: [Float]

  func values(of parameter: Parameter) throws -> [Float] {
    parameter.path == path ? replacement : try source.values(of: parameter)
  }
}

/// Parameters with the moments of a batch as the running statistics, under which the reference executor normalises
/// as training does.
struct BatchMoments: ParameterSource {
  let source: any ParameterSource
  private var moments: [String: [Float]] = [:]
  /// The running statistics after the step, by path: a tenth of the way to the batch's mean and unbiased variance.
  private(set) var statistics: [String: [Float]] = [:]

  init(graph: Graph, input: FeatureMap, source: any ParameterSource) throws {
    self.source = source
    for node in graph.nodes {
      guard case .batchNorm(let norm) = node.operation else { continue }
      let map = try ReferenceExecutor(graph: graph, parameters: self).run([input], outputs: [node.inputs[0]])[
        0]
      let rows = Double(map.shape.rows)
      let columns = (0..<map.shape.channels).map { channel in
        stride(from: channel, to: map.values.count, by: map.shape.channels).map { Double(map.values[$0]) }
      }
      let means = columns.map { $0.reduce(0, +) / rows }
      let squares = zip(columns, means).map { column, mean in
        column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
      }
      moments[norm.mean.path] = means.map { Float($0) }
      moments[norm.variance.path] = squares.map { Float($0 / rows) }
      for (parameter, target) in [(norm.mean, means), (norm.variance, squares.map { $0 / (rows - 1) })] {
        statistics[parameter.path] = zip(try source.values(of: parameter), target).map { old, new in
          Float(0.9 * Double(old) + 0.1 * new)
        }
      }
    }
  }

  func values(of parameter: Parameter) throws -> [Float] {
    try moments[parameter.path] ?? source.values(of: parameter)
  }
}
