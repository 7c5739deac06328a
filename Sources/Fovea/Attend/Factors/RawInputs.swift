import FoveaEngine
import FoveaGraph

/// Where a block's queries and keys are before any φ: behind the activation and the rotation that MILA's graph
/// has before the attention, else its own inputs.
struct RawInputs: Sendable {
  let query: Value?
  let key: Value?
  let isRotated: Bool
  private let node: Node

  init(_ node: Node, _ graph: Graph) {
    self.node = node
    guard case .linearAttention(let attention) = node.operation, attention.featureMap == .identity,
      node.inputs.count >= 2
    else {
      (query, key, isRotated) = (nil, nil, false)
      return
    }
    func behind(_ value: Value) -> (value: Value, isRotated: Bool) {
      var (place, isRotated) = (value, false)
      while true {
        switch graph.node(place).operation {
        case .rotary: isRotated = true
        case .activation: break
        default: return (place, isRotated)
        }
        place = graph.node(place).inputs[0]
      }
    }
    let (query, key) = (behind(node.inputs[0]), behind(node.inputs[1]))
    (self.query, self.key, isRotated) = (query.value, key.value, query.isRotated)
  }

  /// The values that are needed beside the attention's inputs.
  var values: [Value] { [query, key].compactMap { $0 } }

  /// Queries and keys before φ.
  func inputs(_ maps: [Value: FeatureMap], parameters: any ParameterSource) throws -> ComparedInputs {
    let width: Int
    var factors: [Double]?
    switch node.operation {
    case .linearAttention(let attention):
      width = attention.headDimension
      if attention.layout == .interleaved {
        let maps = node.inputs.compactMap { maps[$0] }
        return ComparedInputs(maps: maps, isInterleaved: true, width: width, focusing: nil)
      }
      if case .focused(_, _, factors: let own) = try Phi(attention.featureMap, parameters: parameters) {
        factors = own
      }
    case .softmaxAttention(let attention): width = node.inputs[0].channels / attention.heads
    default: width = node.inputs[0].channels
    }
    let empty = FeatureMap(zeros: Shape(height: 1, width: 1, channels: width))
    let both = [maps[query ?? node.inputs[0]] ?? empty, maps[key ?? node.inputs[1]] ?? empty]
    return ComparedInputs(maps: both, isInterleaved: false, width: width, focusing: factors)
  }
}
