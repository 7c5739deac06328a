import FoveaGraph

/// What an operation reads, by name.
package enum Operands: Sendable {
  /// Nothing: the caller's maps and the parameters' come from elsewhere.
  case none
  case unary(MapRef)
  /// The second may repeat over the first.
  case binary(MapRef, MapRef)
  /// One map after the other.
  case several([MapRef])
  /// All as one map, their channels side by side.
  case joined([MapRef])
  case linearAttention(LinearAttentionOperands<MapRef>)
  /// With the shape of the map whose windows they are, where they are windows.
  case softmaxAttention(AttentionOperands<MapRef>, windowsOf: Shape?)

  /// All maps, in a graph's order.
  package var maps: [MapRef] {
    switch self {
    case .none: []
    case .unary(let map): [map]
    case .binary(let first, let second): [first, second]
    case .several(let maps), .joined(let maps): maps
    case .linearAttention(let operands): operands.maps
    case .softmaxAttention(let operands, _): operands.maps
    }
  }

  /// The maps that are read as one, their channels side by side; empty where each is read by itself.
  var readAsOne: [MapRef] {
    switch self {
    case .joined(let maps): maps
    case .linearAttention(.interleaved(let maps)): maps.count > 1 ? maps : []
    case .none, .unary, .binary, .several, .linearAttention(.separate), .softmaxAttention: []
    }
  }

  /// The map whose rows a strip follows; nil where nothing is read.
  var main: MapRef? { maps.first }

  /// What is read pixel by pixel beside the main map.
  var second: MapRef? {
    switch self {
    case .binary(_, let second): second
    case .linearAttention(.separate(let operands)): operands.normalizer?.query
    case .none, .unary, .several, .joined, .linearAttention(.interleaved), .softmaxAttention: nil
    }
  }
}
