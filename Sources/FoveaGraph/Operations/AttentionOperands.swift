/// What an attention reads, by name; in a graph they are positions of a list.
package struct AttentionOperands<Map> {
  package var query: Map
  package var key: Map
  package var value: Map
  /// The queries and keys of the denominator, where they are others: both, or neither.
  package var normalizer: Normalizer?

  package struct Normalizer {
    package var query: Map
    package var key: Map
  }

  /// All that is read, in a graph's order.
  package var maps: [Map] { [query, key, value] + (normalizer.map { [$0.query, $0.key] } ?? []) }
  /// What the first of linear attention's passes reads: keys, values and the denominator's keys.
  package var summed: [Map] { [key, value] + (normalizer.map { [$0.key] } ?? []) }
  /// What the second of linear attention's passes reads: queries and the denominator's queries.
  package var asked: [Map] { [query] + (normalizer.map { [$0.query] } ?? []) }

  /// Operands from a graph's list: queries, keys, values, and perhaps the normalizer's queries and keys.
  package init(_ inputs: [Map]) {
    precondition(
      inputs.count == 3 || inputs.count == 5,
      "an attention takes 3 maps, or 5 with a normalizer's queries and keys, not \(inputs.count)")
    (query, key, value) = (inputs[0], inputs[1], inputs[2])
    normalizer = inputs.count == 5 ? Normalizer(query: inputs[3], key: inputs[4]) : nil
  }
}

extension AttentionOperands: Sendable where Map: Sendable {}
extension AttentionOperands.Normalizer: Sendable where Map: Sendable {}

/// What a linear attention reads.
package enum LinearAttentionOperands<Map> {
  case separate(AttentionOperands<Map>)
  /// Maps of heads of (q, k, v), read as one.
  case interleaved([Map])

  /// All that is read, in a graph's order.
  package var maps: [Map] {
    switch self {
    case .separate(let operands): operands.maps
    case .interleaved(let maps): maps
    }
  }
}

extension LinearAttentionOperands: Sendable where Map: Sendable {}

extension LinearAttention {
  /// A graph's list of inputs by name.
  package func operands<Map>(_ inputs: [Map]) -> LinearAttentionOperands<Map> {
    switch layout {
    case .separate: .separate(AttentionOperands(inputs))
    case .interleaved: .interleaved(inputs)
    }
  }
}

extension SoftmaxAttention {
  /// A graph's list of inputs by name, and the map whose windows they are, where they are windows.
  package func operands<Map>(_ inputs: [Map]) -> (attention: AttentionOperands<Map>, windowsOf: Map?) {
    let windowsOf: Map? =
      switch mask {
      case .none: nil
      case .windows: inputs[3]
      }
    return (AttentionOperands(Array(inputs.prefix(3))), windowsOf)
  }
}
