/// Which attention a stage of a FLatten model has: a letter of `attn_type`.
enum AttentionKind: Character {
  /// Focused linear attention.
  case linear = "L"
  /// Softmax attention.
  case softmax = "S"

  /// The kinds of all stages, `LLSS` for one.
  static func stages(_ letters: String, count: Int) throws(ModelError) -> [AttentionKind] {
    let kinds = letters.compactMap(AttentionKind.init)
    guard kinds.count == letters.count, kinds.count == count else {
      throw .outOfRange(
        key: "fovea.architecture.attn_type", value: "\"\(letters)\"", limit: "\(count) letters, L or S")
    }
    return kinds
  }
}
