import Foundation
import Fovea
import FoveaModels
import FoveaTestSupport
import FoveaWeights

/// A graph with attention blocks, its parameters and an input, run by the reference executor.
struct AttentionCase {
  let name: String
  let graph: Graph
  let parameters: any ParameterSource
  let input: Fovea.FeatureMap

  /// The maps of some values.
  func run(_ values: [Value]) throws -> [Fovea.FeatureMap] {
    try ReferenceExecutor(graph: graph, parameters: AnyParameters(source: parameters)).run(
      [input], outputs: values)
  }

  /// A block as the lab reads it.
  func attention(_ block: AttentionBlock) throws -> BlockAttention {
    let reader = BlockReader(block, of: graph, parameters: parameters)
    return try reader.attention(run(reader.values), height: input.shape.height, width: input.shape.width)
  }

  /// A published model of tiny dimensions with its recorded weights, on a rectangular input of random pixels.
  static func golden(_ name: String, height: Int, width: Int) throws -> AttentionCase {
    let folder = fixtures.appending(path: "goldens/\(name)")
    let files = ["checkpoint.pth", "checkpoint.safetensors"].map { folder.appending(path: $0).path }
    let file = files.first { FileManager.default.fileExists(atPath: $0) } ?? files[0]
    let json = try JSONValue(parsing: Data(contentsOf: folder.appending(path: "config.json")))
    let model = try Model(ModelConfiguration(json: json), weights: Checkpoint.open(path: file))
    return AttentionCase(
      name: name, graph: model.graph, parameters: model.parameters,
      input: randomMap(Shape(height: height, width: width, channels: 3)))
  }

  /// Two layers of one kind over maps that linear layers make of the image.
  static func made(
    _ name: String, height: Int, width: Int, _ attention: (Scope, Value) -> Value
  ) -> AttentionCase {
    let builder = GraphBuilder()
    let map = builder.root["embed"].linear(builder.input(), outputs: 16)
    builder.name(attention(builder.root["attention"], map), "logits")
    return AttentionCase(
      name: name, graph: builder.graph(), parameters: MadeParameters(),
      input: randomMap(Shape(height: height, width: width, channels: 3)))
  }

  private static func randomMap(_ shape: Shape) -> Fovea.FeatureMap {
    var numbers = Numbers(state: 7)
    return Fovea.FeatureMap(
      shape: shape, values: (0..<shape.elements).map { _ in Float(numbers.uniform() * 3 - 1.5) })
  }
}

/// Random numbers, but for a layer `below_zero` that answers −1 to everything.
struct MadeParameters: ParameterSource {
  func values(of parameter: Parameter) -> [Float] {
    guard parameter.path.contains("below_zero") else {
      return RandomParameters(seed: 3).values(of: parameter)
    }
    return [Float](repeating: parameter.path.hasSuffix("bias") ? -1 : 0, count: parameter.count)
  }
}

/// A parameter source of any kind, for generic parameters.
struct AnyParameters: ParameterSource {
  let source: any ParameterSource

  func values(of parameter: Parameter) throws -> [Float] { try source.values(of: parameter) }
}

/// Uniform numbers in 0..<1, the same every time.
struct Numbers {
  var state: UInt64

  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
}
