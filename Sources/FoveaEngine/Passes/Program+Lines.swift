import FoveaGraph

/// A map as an operation reads or writes it.
private struct MapFields: Encodable {
  let map: Int
  let channelOffset: Int
  let shape: [Int]

  init(_ map: MapRef) {
    self.map = map.map.node
    channelOffset = map.channelOffset
    shape = map.shape.extents
  }
}

private struct OperationFields: Encodable {
  let operation: Int
  let kind: String
  let path: String
  let access: String
  let halo: Int
  let reads: [MapFields]
  let norm: Bool
  let activation: String
  let residual: MapFields?
  let output: MapFields
  let multiplyAdds: Int
}

extension Program {
  /// A line for every operation.
  var lines: [PassLine] {
    operations.map { operation in
      PassLine(
        operation.text,
        OperationFields(
          operation: operation.id.index, kind: operation.kind, path: operation.path,
          access: operation.access.name, halo: operation.access.halo,
          reads: operation.operands.maps.map(MapFields.init), norm: operation.norm != nil,
          activation: operation.activation.rawValue, residual: operation.residual.map(MapFields.init),
          output: MapFields(operation.output), multiplyAdds: operation.multiplyAdds))
    }
  }
}

extension LoweredOperation {
  /// The type of the main node's operation.
  var kind: String { String(describing: type(of: operation.rules)) }

  /// `12 Convolution stem.0 (m0 + norm + relu + m3 → m14 1×64×64×16) rows, halo 2`.
  fileprivate var text: String {
    let folded =
      (norm == nil ? "" : " + norm") + (activation == .identity ? "" : " + \(activation.rawValue)")
      + (residual.map { " + \($0.text)" } ?? "")
    let halo = access.halo > 0 ? ", halo \(access.halo)" : ""
    return "\(id.index) \(kind) \(path) (\(operands.text)\(folded) → \(output.text)) \(access.name)\(halo)"
  }
}

extension Operands {
  /// The maps by name.
  fileprivate var text: String {
    switch self {
    case .none: "nothing"
    case .unary(let map): map.text
    case .binary(let first, let second): "\(first.text), \(second.text)"
    case .several(let maps): maps.map(\.text).joined(separator: ", ")
    case .joined(let maps): maps.map(\.text).joined(separator: " | ")
    case .linearAttention(.separate(let maps)), .softmaxAttention(let maps, _):
      "q \(maps.query.text), k \(maps.key.text), v \(maps.value.text)"
        + (maps.normalizer.map { ", normalizer's q \($0.query.text), k \($0.key.text)" } ?? "")
    case .linearAttention(.interleaved(let maps)):
      "qkv " + maps.map(\.text).joined(separator: " | ")
    }
  }
}

extension MapRef {
  /// `m12[8…] 1×64×64×16`.
  fileprivate var text: String {
    "m\(map.node)" + (channelOffset == 0 ? "" : "[\(channelOffset)…]") + " \(shape)"
  }
}

extension Access {
  fileprivate var name: String {
    switch self {
    case .pixel: "pixel"
    case .rows: "rows"
    case .whole: "whole"
    case .alias: "alias"
    }
  }
}

extension Shape {
  /// B, H, W, C.
  var extents: [Int] { [batch, height, width, channels] }
}
