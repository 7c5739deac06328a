import FoveaEngine
import FoveaGraph
import FoveaTraining
import Testing

/// A small graph over one input whose gradients must be the slopes of the reference executor's answers.
struct GradientCase: Sendable, CustomTestStringConvertible {
  let name: String
  let input: Shape
  let build: @Sendable (Scope, Value) -> Value

  init(_ name: String, _ input: Shape, build: @escaping @Sendable (Scope, Value) -> Value) {
    self.name = name
    self.input = input
    self.build = build
  }

  var testDescription: String { name }

  var graph: Graph {
    let builder = GraphBuilder()
    builder.name(build(builder.root, builder.input("x", channels: input.channels)), "logits")
    return builder.graph()
  }
}

/// The slopes of a loss Σ g · logits along random directions, from four values in float64 each.
struct Slopes {
  let graph: Graph
  let input: FeatureMap
  let source: any ParameterSource
  let gradient: FeatureMap

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
    guard let output = graph.output(named: "logits") else { return .nan }
    let executor = ReferenceExecutor(graph: graph, parameters: parameters)
    let map = try executor.run([input], outputs: [output])[0]
    return zip(map.values, gradient.values).reduce(0) { $0 + Double($1.0) * Double($1.1) }
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

/// Random parameters: a filter's squares sum to about one, norms divide by about one.
struct SeededParameters: ParameterSource {
  func values(of parameter: Parameter) -> [Float] {
    var generator = SeededGenerator(parameter.path.utf8.reduce(11) { $0 &* 31 &+ UInt64($1) })
    let terms = Float(parameter.shape.dropFirst().reduce(1, *))
    return (0..<parameter.count).map { _ in
      let noise = generator.uniform()
      if parameter.path.hasSuffix("running_var") { return 1 + 0.4 * noise }
      guard parameter.path.hasSuffix("weight") else { return 0.5 * noise }
      return parameter.shape.count > 1 ? noise * (3 / terms).squareRoot() : 1 + 0.5 * noise
    }
  }
}

/// The same numbers on every machine.
struct SeededGenerator {
  private var state: UInt64

  init(_ seed: UInt64) { state = seed }

  /// From −1 to 1.
  mutating func uniform() -> Float {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return Float((z ^ (z >> 31)) >> 40) / Float(1 << 23) - 1
  }
}

extension FeatureMap {
  /// Uniform numbers between −1 and 1.
  init(random shape: Shape, seed: UInt64) {
    var generator = SeededGenerator(seed)
    self.init(shape: shape, values: (0..<shape.elements).map { _ in generator.uniform() })
  }
}
