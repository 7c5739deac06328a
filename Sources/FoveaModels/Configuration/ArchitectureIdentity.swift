/// Which architecture a config means: a variant's name, numbers of its own, or both.
struct ArchitectureIdentity {
  /// The variant's name, or the family's where numbers stand in place of a name.
  let name: String
  /// True where the config has the numbers.
  let statesNumbers: Bool
  /// These, or the named variant's.
  let stated: JSONValue
  /// Where they stand.
  let key: String

  init(_ sources: ConfigurationSources) throws(ModelError) {
    guard let architecture = sources.root["architecture"] else { throw Self.missing(sources) }
    switch architecture {
    case .string(let given):
      // timm's NAME.TAG: the tag names weights
      let isTagged = sources.stated("input_size").isEmpty == false && Registry.published(named: given) == nil
      name = isTagged ? String(given.prefix { $0 != "." }) : given
      key = "fovea.architecture"
      if let numbers = sources.root["fovea"]?["architecture"], numbers != .null {
        (stated, statesNumbers) = (numbers, true)
      } else {
        (stated, statesNumbers) = (try Registry.configuration(named: name).numbers, false)
      }
    case .object:
      guard let family = architecture["family"]?.string else { throw .missingKey("architecture.family") }
      (name, stated, statesNumbers, key) = (family, architecture, true, "architecture")
    default: throw .wrongType(key: "architecture", expected: "a name or an object")
    }
    try checkNames(sources)
  }

  /// The numbers, with what timm's arguments say of them.
  func numbers(_ sources: ConfigurationSources) throws(ModelError) -> JSONValue {
    var numbers = stated
    let complete = Registry.defaults(of: stated).merging(stated)
    if let pool = try (sources.stated("global_pool") + sources.argument("global_pool")).agreed(),
      pool.value != "", pool.value != complete["global_pool"]
    {
      if statesNumbers, let own = complete["global_pool"] {
        throw .contradiction(
          key: pool.key, value: "\(pool.value)", other: "\(key).global_pool", otherValue: "\(own)")
      }
      guard pool.value == "avg" || complete["global_pool"] != nil else {
        throw .outOfRange(key: pool.key, value: "\(pool.value)", limit: "\"avg\" for \(name)")
      }
      if complete["global_pool"] != nil { numbers["global_pool"] = pool.value }
    }
    guard case .object(let arguments) = sources.arguments else { return numbers }
    for (argument, value) in arguments.sorted(by: { $0.key < $1.key }) where value != .null {
      try check(argument, value, &numbers)
    }
    return numbers
  }

  /// Arguments of timm that do not change what a trained network computes.
  private static let harmless = [
    "num_classes", "in_chans", "global_pool", "pretrained", "scriptable", "exportable", "no_jit",
    "checkpoint_path", "dynamic_img_size", "strict_img_size", "pretrained_cfg", "cache_dir",
  ]

  private func check(
    _ argument: String, _ value: JSONValue, _ numbers: inout JSONValue
  ) throws(ModelError) {
    guard !Self.harmless.contains(argument), !argument.contains("drop") else { return }
    let key = "model_args.\(argument)"
    if argument == "img_size" {
      let sides = try PreprocessingStatements.sides(Stated(key: key, value: value))
      guard let own = numbers["img_size"]?.integer, sides != [own, own] else { return }
      guard sides[0] == sides[1] else {
        throw .outOfRange(key: key, value: "\(value)", limit: "a square for \(name)")
      }
      if statesNumbers {
        throw .contradiction(key: key, value: "\(value)", other: "\(self.key).img_size", otherValue: "\(own)")
      }
      return numbers["img_size"] = .integer(sides[0])
    }
    guard numbers[argument] != value else { return }
    throw .outOfRange(
      key: key, value: "\(value)",
      limit: numbers[argument].map { "\($0), as \(name) has it" } ?? "left out: it is not read here")
  }

  /// The other keys that name an architecture; timm's wrapper in Hugging Face's library names none.
  private func checkNames(_ sources: ConfigurationSources) throws(ModelError) {
    if let other = sources.pretrained["architecture"]?.string {
      let same = Registry.published(named: other)?.name ?? String(other.prefix { $0 != "." })
      guard same == Registry.published(named: name)?.name ?? name else {
        throw .contradiction(
          key: "architecture", value: "\"\(name)\"", other: "pretrained_cfg.architecture",
          otherValue: "\"\(other)\"")
      }
    }
    var others: [(String, String)] = []
    if let type = sources.root["model_type"]?.string { others.append(("model_type", type)) }
    if let type = sources.root["architectures"]?.array?.first?.string {
      others.append(("architectures", type.components(separatedBy: "For")[0]))
    }
    for (key, type) in others where !names(type) {
      throw .contradiction(key: "architecture", value: "\"\(name)\"", other: key, otherValue: "\"\(type)\"")
    }
  }

  /// Whether a type of Hugging Face's library is this architecture's, or a wrapper of timm's.
  private func names(_ type: String) -> Bool {
    func plain(_ text: String) -> String { text.lowercased().filter { $0.isLetter || $0.isNumber } }
    let wanted = plain(type)
    if wanted.hasPrefix("timm") { return true }
    let own = [name, stated["family"]?.string ?? name]
    return own.contains { name in
      plain(name).hasPrefix(wanted) || name.split(separator: "_").contains { plain(String($0)) == wanted }
    }
  }

  private static func missing(_ sources: ConfigurationSources) -> ModelError {
    guard let type = sources.root["model_type"]?.string else { return .missingKey("architecture") }
    return .missingKey("architecture, the name of a variant, beside model_type \"\(type)\"")
  }
}

extension Variant {
  /// C of its logits.
  var classCount: Int? { numbers["num_classes"]?.integer }
}
