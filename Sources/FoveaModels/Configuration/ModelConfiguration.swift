import Foundation

/// A model folder's config.json: what timm and Hugging Face have keys for, and what only this package needs
/// under `fovea`.
///
/// Keys that are not read here are kept, and written back by `json`.
public struct ModelConfiguration: Hashable, Sendable {
  /// The name of the variant, e.g. `efficientvit_b1`.
  public var name: String
  /// The architecture's numbers, `fovea.architecture`.
  public var numbers: JSONValue
  /// How a photo becomes the input.
  public var preprocessing: PreprocessingConfiguration
  /// The labels in the order of the logits, `pretrained_cfg.label_names`; empty where none are given.
  public var labels: [String]
  /// The label set's name under datasets/, e.g. `camvid`.
  public var labelSet: String?
  /// How logits become a mask of the photo's size, `bilinear` or `bicubic`; nil for other tasks.
  public var logitsUpsampling: PreprocessingConfiguration.Interpolation?
  /// False where the numbers are a named variant's, because the config states none.
  let statesNumbers: Bool
  private var raw: JSONValue

  /// A config of an architecture, with the published preprocessing.
  public init(
    name: String, numbers: JSONValue, preprocessing: PreprocessingConfiguration, labels: [String] = [],
    labelSet: String? = nil, logitsUpsampling: PreprocessingConfiguration.Interpolation? = nil
  ) {
    self.name = name
    self.numbers = numbers
    self.preprocessing = preprocessing
    self.labels = labels
    self.labelSet = labelSet
    self.logitsUpsampling = logitsUpsampling
    statesNumbers = true
    raw = [:]
  }

  /// Reads a config.json; also the form where `architecture` is the object of numbers itself.
  ///
  /// A variant that is known by name needs no numbers. Throws a `ModelError` that names the key.
  public init(_ text: Data) throws(ModelError) {
    try self.init(json: JSONValue(parsing: text))
  }

  /// Reads a config from its JSON value.
  public init(json: JSONValue) throws(ModelError) {
    guard case .object = json else { throw .wrongType(key: "config.json", expected: "an object") }
    guard let architecture = json["architecture"] else { throw .missingKey("architecture") }
    switch architecture {
    case .string(let name):
      self.name = name
      if let numbers = json["fovea"]?["architecture"] {
        (self.numbers, statesNumbers) = (numbers, true)
      } else {
        (numbers, statesNumbers) = (try Registry.configuration(named: name).numbers, false)
      }
    case .object:
      guard let family = architecture["family"]?.string else { throw .missingKey("architecture.family") }
      (name, numbers, statesNumbers) = (family, architecture, true)
    default: throw .wrongType(key: "architecture", expected: "a name or an object")
    }
    if let count = json["num_classes"], count != .null {
      numbers["num_classes"] = .integer(try JSONKey("num_classes").integer(count, in: Limit.classes))
    }
    let published = Registry.published(named: name)
    let given = json["pretrained_cfg"]
    let standard = published?.preprocessing ?? .standard(numbers: numbers)
    preprocessing = try PreprocessingConfiguration(
      standard.json.merging(given?.withoutNulls ?? [:]),
      rounding: json["fovea"]?["resize_rounding"]
        ?? (given == nil ? .string(standard.rounding.rawValue) : nil))
    labels = try (json["pretrained_cfg"]?["label_names"]?.array ?? []).map { (label) throws(ModelError) in
      guard let label = label.string else {
        throw .wrongType(key: "pretrained_cfg.label_names", expected: "an array of strings")
      }
      return label
    }
    // a config that states its numbers states these too, or means none
    let named = statesNumbers ? nil : published
    labelSet = json["fovea"]?["label_set"]?.string ?? named?.labelSet
    if let value = json["fovea"]?["logits_upsampling"], value != .null {
      logitsUpsampling = try JSONKey("fovea.logits_upsampling").choice(value)
    } else {
      logitsUpsampling = named?.logitsUpsampling
    }
    raw = json
    if let count = classCount, !labels.isEmpty, labels.count != count {
      throw .outOfRange(
        key: "pretrained_cfg.label_names", value: "\(labels.count) names", limit: "\(count) names")
    }
  }

  /// C of the logits, `num_classes`.
  public var classCount: Int? { numbers["num_classes"]?.integer }

  /// Where the weights come from, `fovea.provenance`: source, data, measured accuracy.
  public var provenance: JSONValue? {
    get { raw["fovea"]?["provenance"] }
    set {
      raw = raw.merging(["fovea": [:]])
      raw["fovea"]?["provenance"] = newValue
    }
  }

  /// The config as it is written: what was read, with what is known here in place of what was said of it.
  public var json: JSONValue {
    var pretrained = (raw["pretrained_cfg"] ?? [:]).merging(preprocessing.json)
    pretrained["label_names"] = labels.isEmpty ? nil : .array(labels.map(JSONValue.string))
    var fovea = (raw["fovea"] ?? [:]).merging([
      "resize_rounding": .string(preprocessing.rounding.rawValue)
    ])
    fovea["architecture"] = numbers
    fovea["label_set"] = labelSet.map(JSONValue.string)
    fovea["logits_upsampling"] = logitsUpsampling.map { .string($0.rawValue) }
    var json = raw
    json["architecture"] = .string(name)
    json["num_classes"] = classCount.map(JSONValue.integer)
    (json["pretrained_cfg"], json["fovea"]) = (pretrained, fovea)
    return json
  }

  /// The architecture that the numbers describe.
  public func architecture() throws(ModelError) -> any Architecture {
    try Registry.architecture(numbers)
  }
}
