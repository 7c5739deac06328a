import FoveaEngine
import FoveaGraph
import FoveaTestSupport
import Foundation
import Testing

typealias Map = FeatureMap

/// An operation as PyTorch computes it: inputs, parameters by path, and the output.
struct OperationFixture: Decodable, Sendable {
  struct Tensor: Decodable, Sendable {
    let shape: [Int]
    /// Little-endian float32, base64.
    let values: Data

    var floats: [Float] {
      stride(from: 0, to: values.count, by: 4).map { start in
        Float(bitPattern: values[start..<start + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
      }
    }

    var map: Map {
      let mapShape = Shape(batch: shape[0], height: shape[1], width: shape[2], channels: shape[3])
      return Map(shape: mapShape, values: floats)
    }
  }

  let inputs: [Tensor]
  let parameters: [String: Tensor]
  let output: Tensor

  /// All cases, which `tools/reference/operation_fixtures.py` recorded.
  static let all = Result {
    let file = fixtures.appending(path: "operations/operations.json")
    return try JSONDecoder().decode([String: OperationFixture].self, from: Data(contentsOf: file))
  }
}

extension OperationFixture: ParameterSource {
  func values(of parameter: Parameter) throws -> [Float] {
    let tensor = try #require(parameters[parameter.path], "no parameter \(parameter.path)")
    try #require(tensor.shape == parameter.shape, "\(parameter.path) has another shape")
    return tensor.floats
  }
}

/// A recorded case, and the graph that must give the same.
struct OperationCase: Sendable, CustomTestStringConvertible {
  let name: String
  /// The float32 roundings on the way to an output element; 1 where only the result itself is rounded.
  var roundings = 1
  let build: @Sendable (Scope, [Value]) -> Value

  var testDescription: String { name }

  /// Expects PyTorch's values, each within `roundings`·ε times the greatest magnitude on the way.
  func check() throws {
    let fixture = try #require(try OperationFixture.all.get()[name], "no case \(name)")
    let builder = GraphBuilder()
    let inputs = fixture.inputs.enumerated().map { builder.input("x\($0)", channels: $1.shape[3]) }
    let value = build(builder.root, inputs)
    let executor = ReferenceExecutor(graph: builder.graph(), parameters: fixture)
    let result = try #require(try executor.run(fixture.inputs.map(\.map), outputs: [value]).first)
    let expected = fixture.output.map
    try #require(result.shape == expected.shape)
    let onTheWay = roundings > 1 ? fixture.inputs.flatMap(\.floats) : []
    let magnitude = (expected.values + onTheWay).map(abs).max() ?? 0
    let errors = zip(result.values, expected.values).map { abs($0 - $1) }
    let worst = try #require(errors.indices.max { errors[$0] < errors[$1] })
    #expect(
      errors.allSatisfy { $0 <= Float(roundings) * .ulpOfOne * magnitude },
      "element \(worst) is \(result.values[worst]), not \(expected.values[worst])")
  }
}

@Suite struct ReferenceFixtureTests {
  @Test("Every recorded operation is compared")
  func coverage() throws {
    let compared =
      ReferenceConvolutionTests.cases + ReferenceNormTests.cases + ReferenceRearrangementTests.cases
      + ReferenceResizeTests.cases + ReferenceWindowTests.cases + ReferenceLinearAttentionTests.cases
      + ReferenceSoftmaxAttentionTests.cases
    #expect(Set(compared.map(\.name)) == Set(try OperationFixture.all.get().keys))
  }
}
