/// The classes' names as a config states them, under any of the keys that timm and Hugging Face have for them.
struct ClassLabels: Hashable, Sendable {
  /// The names in the order of the logits, as stated: synsets in timm's ImageNet models.
  var names: [String] = []
  /// What is shown of each: its description where there is one.
  var shown: [String] = []
  /// The key that states them.
  var key = "label_names"

  /// Reads `label_names`, `labels`, `id2label` and `label2id`, in the config and in `pretrained_cfg`.
  ///
  /// Throws where sources disagree, or one has not `count` names.
  init(_ sources: ConfigurationSources, count: Stated<Int>?) throws(ModelError) {
    let descriptions = try Self.descriptions(sources)
    var lists: [Stated<[String]>] = []
    for key in ["label_names", "labels", "id2label"] {
      for stated in sources.stated(key) { lists.append(try Self.list(stated)) }
    }
    let numbers = try sources.stated("label2id").map(Self.numbers)
    for stated in numbers where lists.isEmpty { lists.append(try Self.list(stated)) }
    if let count { for list in lists { try Self.check(list, count) } }
    let named = lists.filter { !Self.arePlaceholders($0.value) }
    for list in named.dropFirst() { try Self.check(named[0], list, descriptions) }
    var first = named.first ?? lists.first
    if first == nil { first = try Self.described(descriptions, count) }
    guard let first else { return }
    for stated in numbers { try Self.check(first, stated, descriptions) }
    (names, key) = (first.value, first.key)
    shown = try Self.shown(first, descriptions)
  }

  /// Descriptions that stand for the names where a config has nothing else: an array has an order.
  private static func described(
    _ descriptions: Stated<JSONValue>?, _ count: Stated<Int>?
  ) throws(ModelError) -> Stated<[String]>? {
    guard let descriptions else { return nil }
    guard case .array = descriptions.value else {
      throw .missingKey("label_names, which \(descriptions.key) describes")
    }
    let list = try list(descriptions)
    if let count { try check(list, count) }
    return list
  }

  // MARK: Reading

  /// An array of names, or an object from 0, 1, 2, … to names.
  private static func list(_ stated: Stated<JSONValue>) throws(ModelError) -> Stated<[String]> {
    let key = stated.key
    switch stated.value {
    case .array(let elements):
      let names = elements.compactMap(\.string)
      guard names.count == elements.count else {
        throw .wrongType(key: key, expected: "an array of strings")
      }
      return Stated(key: key, value: names)
    case .object(let members):
      var names: [Int: String] = [:]
      for (number, name) in members.sorted(by: { $0.key < $1.key }) {
        guard let name = name.string else { throw .wrongType(key: "\(key).\(number)", expected: "a string") }
        guard let index = Int(number), index >= 0, names.updateValue(name, forKey: index) == nil else {
          throw .outOfRange(key: key, value: "an object with \"\(number)\"", limit: Self.numbering)
        }
      }
      return try list(Stated(key: key, value: names))
    default: throw .wrongType(key: key, expected: "an array of strings, or an object of them by number")
    }
  }

  private static let numbering = "an object from the numbers 0, 1, 2, … to names, each once"

  /// Names by number, without a gap.
  private static func list(_ stated: Stated<[Int: String]>) throws(ModelError) -> Stated<[String]> {
    let names = (0..<stated.value.count).compactMap { stated.value[$0] }
    guard names.count == stated.value.count else {
      let gap = (0..<stated.value.count).first { stated.value[$0] == nil } ?? 0
      throw .outOfRange(key: stated.key, value: "without a name for \(gap)", limit: numbering)
    }
    return Stated(key: stated.key, value: names)
  }

  /// An object from names to numbers, turned.
  private static func numbers(_ stated: Stated<JSONValue>) throws(ModelError) -> Stated<[Int: String]> {
    guard case .object(let members) = stated.value else {
      throw .wrongType(key: stated.key, expected: "an object from names to numbers")
    }
    var names: [Int: String] = [:]
    for (name, number) in members.sorted(by: { $0.key < $1.key }) {
      guard let index = number.integer ?? number.string.flatMap({ Int($0) }), index >= 0 else {
        throw .wrongType(key: "\(stated.key).\(name)", expected: "a whole number from 0")
      }
      if let other = names.updateValue(name, forKey: index) {
        throw .outOfRange(
          key: stated.key, value: "\(index) for \"\(other)\" and for \"\(name)\"",
          limit: "a number for each name")
      }
    }
    return Stated(key: stated.key, value: names)
  }

  /// `label_descriptions`: by name, or in the names' order.
  private static func descriptions(_ sources: ConfigurationSources) throws(ModelError) -> Stated<JSONValue>? {
    let stated = sources.stated("label_descriptions")
    for described in stated {
      let texts: [JSONValue]? =
        switch described.value {
        case .object(let members): Array(members.values)
        case .array(let elements): elements
        default: nil
        }
      guard let texts, texts.allSatisfy({ $0.string != nil }) else {
        throw .wrongType(key: described.key, expected: "an object from names to descriptions")
      }
    }
    return try stated.agreed(by: ==) { _ in "another" }
  }

  // MARK: Agreement

  private static func shown(
    _ names: Stated<[String]>, _ descriptions: Stated<JSONValue>?
  ) throws(ModelError) -> [String] {
    guard let descriptions else { return names.value }
    guard case .array(let texts) = descriptions.value else {
      return names.value.map { descriptions.value[$0]?.string ?? $0 }
    }
    guard texts.count == names.value.count else {
      throw .contradiction(
        key: names.key, value: "\(names.value.count) names", other: descriptions.key,
        otherValue: "\(texts.count) descriptions")
    }
    return texts.compactMap(\.string)
  }

  /// Hugging Face's `LABEL_0`, `LABEL_1`, …, which say nothing.
  private static func arePlaceholders(_ names: [String]) -> Bool {
    names.enumerated().allSatisfy { $0.element == "LABEL_\($0.offset)" }
  }

  private static func check(_ list: Stated<[String]>, _ count: Stated<Int>) throws(ModelError) {
    guard list.value.count != count.value else { return }
    throw .contradiction(
      key: list.key, value: "\(list.value.count) names", other: count.key, otherValue: "\(count.value)")
  }

  private static func check(
    _ list: Stated<[String]>, _ other: Stated<[String]>, _ descriptions: Stated<JSONValue>?
  ) throws(ModelError) {
    guard list.value.count == other.value.count else {
      throw .contradiction(
        key: list.key, value: "\(list.value.count) names", other: other.key,
        otherValue: "\(other.value.count) names")
    }
    let numbered = Dictionary(uniqueKeysWithValues: other.value.enumerated().map { ($0, $1) })
    try check(list, Stated(key: other.key, value: numbered), descriptions)
  }

  /// Throws where a number has another name; a synset and its description are one.
  private static func check(
    _ list: Stated<[String]>, _ other: Stated<[Int: String]>, _ descriptions: Stated<JSONValue>?
  ) throws(ModelError) {
    func text(_ name: String) -> String? { descriptions?.value[name]?.string }
    for (index, name) in other.value.sorted(by: { $0.key < $1.key }) {
      let own = index < list.value.count ? list.value[index] : nil
      if let own, own == name || text(own) == name || text(name) == own { continue }
      throw .contradiction(
        key: list.key, value: own.map { "\"\($0)\" for class \(index)" } ?? "\(list.value.count) names",
        other: other.key, otherValue: "\"\(name)\" for class \(index)")
    }
  }
}
