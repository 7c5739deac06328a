import FoveaGraph

/// The attention of a block, with what it reads by name.
enum AttendedOperation: Sendable {
  case linear(LinearAttention, LinearAttentionOperands<Value>)
  case softmax(SoftmaxAttention, AttentionOperands<Value>)

  /// The attention that a node is. A block's node is one or the other.
  init(_ node: Node) {
    if case .linearAttention(let attention) = node.operation {
      self = .linear(attention, attention.operands(node.inputs))
    } else if case .softmaxAttention(let attention) = node.operation {
      self = .softmax(attention, attention.operands(node.inputs).attention)
    } else {
      preconditionFailure(
        "an attention block is a linear or a softmax attention, not \(node.operation) at \(node.path)")
    }
  }

  /// The inputs that its weights depend on: q, k and, where they are others, the normaliser's.
  var tokens: [Value] {
    switch self {
    case .linear(_, .separate(let operands)):
      [operands.query, operands.key] + (operands.normalizer.map { [$0.query, $0.key] } ?? [])
    case .linear(_, .interleaved(let maps)): maps
    case .softmax(_, let operands): [operands.query, operands.key]
    }
  }

  /// The values, where they are a map of their own, and the heads that it and the queries have.
  var values: (map: Value, heads: Int)? {
    switch self {
    case .linear(let attention, .separate(let operands)):
      (operands.value, attention.heads(channels: operands.query.channels))
    case .linear(_, .interleaved): nil
    case .softmax(let attention, let operands): (operands.value, attention.heads)
    }
  }
}
