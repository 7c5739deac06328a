import FoveaEngine
import FoveaGraph
import FoveaTraining
import Testing

/// A small graph over one input whose gradients must be the slopes of the reference executor's answers.
struct GradientCase: Sendable, CustomTestStringConvertible {
  let name: String
  let shape: Shape
  /// Where the input's elements lie, each in one of these.
  let ranges: [ClosedRange<Float>]
  let build: @Sendable (Scope, Value) -> Value

  init(
    _ name: String, _ shape: Shape, within ranges: [ClosedRange<Float>] = [-1...1],
    build: @escaping @Sendable (Scope, Value) -> Value
  ) {
    self.name = name
    self.shape = shape
    self.ranges = ranges
    self.build = build
  }

  var testDescription: String { name }

  var input: FeatureMap { FeatureMap(random: shape, within: ranges, seed: 5) }

  var graph: Graph {
    let builder = GraphBuilder()
    builder.name(build(builder.root, builder.input("x", channels: shape.channels)), "logits")
    return builder.graph()
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
  /// Uniform numbers in one range or another, between −1 and 1 unless given.
  init(random shape: Shape, within ranges: [ClosedRange<Float>] = [-1...1], seed: UInt64) {
    var generator = SeededGenerator(seed)
    let values = (0..<shape.elements).map { _ in
      let place = (generator.uniform() + 1) / 2
      let range = ranges[Int(place * Float(ranges.count))]
      return range.lowerBound + (generator.uniform() + 1) / 2 * (range.upperBound - range.lowerBound)
    }
    self.init(shape: shape, values: values)
  }
}
