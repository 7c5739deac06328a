/// What one key of a config says: the same fact may be stated at several, which must agree.
struct Stated<Value: Sendable>: Sendable {
  /// The dotted key, e.g. `pretrained_cfg.num_classes`.
  let key: String
  let value: Value
}

extension Array {
  /// The first of the statements; nil where there are none.
  ///
  /// Throws `ModelError.contradiction` for the first one that says something else, with both keys.
  func agreed<Value>(
    by isSame: (Value, Value) -> Bool, told: (Value) -> String
  ) throws(ModelError) -> Stated<Value>? where Element == Stated<Value> {
    guard let first else { return nil }
    for other in dropFirst() where !isSame(first.value, other.value) {
      throw .contradiction(
        key: first.key, value: told(first.value), other: other.key, otherValue: told(other.value))
    }
    return first
  }

  /// The same for values that are equal or not.
  func agreed<Value: Equatable>() throws(ModelError) -> Stated<Value>? where Element == Stated<Value> {
    try agreed(by: ==) { "\($0)" }
  }
}

/// The objects of a config.json in which timm and Hugging Face state things.
struct ConfigurationSources {
  /// The whole config.
  let root: JSONValue
  /// `pretrained_cfg`; empty where there is none.
  let pretrained: JSONValue
  /// `model_args`; empty where there are none.
  let arguments: JSONValue

  init(_ root: JSONValue) throws(ModelError) {
    self.root = root
    pretrained = try Self.object("pretrained_cfg", of: root)
    arguments = try Self.object("model_args", of: root)
  }

  private static func object(_ key: String, of root: JSONValue) throws(ModelError) -> JSONValue {
    guard let value = root[key], value != .null else { return [:] }
    guard case .object = value else { throw .wrongType(key: key, expected: "an object") }
    return value
  }

  /// What a key says in the config itself and in `pretrained_cfg`, where timm's rule is that the first counts.
  func stated(_ key: String) -> [Stated<JSONValue>] {
    [(key, root[key]), ("pretrained_cfg.\(key)", pretrained[key])].compactMap { path, value in
      value.flatMap { $0 == .null ? nil : Stated(key: path, value: $0) }
    }
  }

  /// What keys of `model_args` say.
  func argument(_ key: String) -> [Stated<JSONValue>] {
    arguments[key].flatMap { $0 == .null ? nil : [Stated(key: "model_args.\(key)", value: $0)] } ?? []
  }
}
