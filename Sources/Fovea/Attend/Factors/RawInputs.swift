import FoveaEngine
import FoveaGraph

/// Where a block's queries and keys are before any φ: behind the activation and the rotation that MILA's graph
/// has before the attention, else its own inputs.
struct RawInputs: Sendable {
  let query: Value?
  let key: Value?
  let isRotated: Bool
  private let operation: AttendedOperation

  init(_ operation: AttendedOperation, _ graph: Graph) {
    self.operation = operation
    guard case .linear(let attention, .separate(let operands)) = operation, attention.featureMap == .identity
    else {
      (query, key, isRotated) = (nil, nil, false)
      return
    }
    func behind(_ value: Value) -> (value: Value, isRotated: Bool) {
      let node = graph.node(value)
      if case .rotary = node.operation { return (behind(node.inputs[0]).value, true) }
      if case .activation = node.operation { return behind(node.inputs[0]) }
      return (value, false)
    }
    let (query, key) = (behind(operands.query), behind(operands.key))
    (self.query, self.key, isRotated) = (query.value, key.value, query.isRotated)
  }

  /// The values that are needed beside the attention's inputs.
  var values: [Value] { [query, key].compactMap { $0 } }

  /// Queries and keys before φ.
  func inputs(_ maps: [Value: FeatureMap], parameters: any ParameterSource) throws -> ComparedInputs {
    let width: Int
    let operands: AttentionOperands<Value>
    var factors: [Double]?
    switch operation {
    case .linear(let attention, .interleaved(let inputs)):
      return ComparedInputs(
        maps: inputs.compactMap { maps[$0] }, isInterleaved: true, width: attention.headDimension,
        focusing: nil)
    case .linear(let attention, .separate(let inputs)):
      (width, operands) = (attention.headDimension, inputs)
      if case .focused(_, _, factors: let own) = try Phi(attention.featureMap, parameters: parameters) {
        factors = own
      }
    case .softmax(let attention, let inputs):
      (width, operands) = (inputs.query.channels / attention.heads, inputs)
    }
    let empty = FeatureMap(zeros: Shape(height: 1, width: 1, channels: width))
    let both = [maps[query ?? operands.query] ?? empty, maps[key ?? operands.key] ?? empty]
    return ComparedInputs(maps: both, isInterleaved: false, width: width, focusing: factors)
  }
}
