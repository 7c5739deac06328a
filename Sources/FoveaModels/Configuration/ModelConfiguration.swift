import Foundation

/// A model folder's config.json: what timm and Hugging Face have keys for, and what only this package needs
/// under `fovea`.
///
/// Keys that are not read here are kept, and written back by `json`. What several keys state they must agree on.
public struct ModelConfiguration: Hashable, Sendable {
  /// The name of the variant, e.g. `efficientvit_b1`.
  public var name: String
  /// The architecture's numbers, `fovea.architecture`.
  public var numbers: JSONValue
  /// How a photo becomes the input.
  public var preprocessing: PreprocessingConfiguration
  /// What is shown of each class, in the order of the logits: its description where there is one, else its name;
  /// empty where none are given.
  public var labels: [String] { didSet { labelNames = labels } }
  /// The classes' names in the same order, `label_names`: synsets where the labels describe such.
  public private(set) var labelNames: [String]
  /// The key that gave the labels, for messages.
  public let labelKey: String
  /// The label set's name under datasets/, e.g. `camvid`.
  public var labelSet: String?
  /// False where the label set is the named variant's, because the config states none.
  public let statesLabelSet: Bool
  /// How logits become a mask of the photo's size, `bilinear` or `bicubic`; nil for other tasks, and where it is the
  /// family's.
  public var logitsUpsampling: PreprocessingConfiguration.Interpolation?
  /// True where the model has no classes: `num_classes` is 0, or its weights have no last layer.
  public internal(set) var isBackbone = false
  /// False where the numbers are a named variant's, because the config states none.
  let statesNumbers: Bool
  /// The key that states the number of classes; nil where the weights tell it.
  let classCountKey: String?
  /// The key that states the picture's channels; nil where the weights tell them.
  let channelsKey: String?
  /// What the config says beside what is read here.
  var raw: JSONValue

  /// A config of an architecture, with the published preprocessing.
  public init(
    name: String, numbers: JSONValue, preprocessing: PreprocessingConfiguration, labels: [String] = [],
    labelSet: String? = nil, logitsUpsampling: PreprocessingConfiguration.Interpolation? = nil
  ) {
    self.name = name
    self.numbers = numbers
    self.preprocessing = preprocessing
    (self.labels, labelNames, labelKey) = (labels, labels, "label_names")
    (self.labelSet, statesLabelSet) = (labelSet, true)
    self.logitsUpsampling = logitsUpsampling
    (statesNumbers, classCountKey, channelsKey) = (true, "num_classes", "pretrained_cfg.input_size")
    raw = [:]
  }

  /// Reads a config.json; also the form where `architecture` is the object of numbers itself. `processor` is the text
  /// of the preprocessor_config.json beside it, where there is one.
  ///
  /// A variant that is known by name needs no numbers. Throws a `ModelError` that names the key, or both keys where
  /// two disagree.
  public init(_ text: Data, processor: Data? = nil) throws(ModelError) {
    try self.init(
      json: JSONValue(parsing: text, file: "config.json"),
      processor: processor.map { (text) throws(ModelError) in
        try JSONValue(parsing: text, file: ImageProcessor.file)
      })
  }

  /// Reads a config from its JSON value, and that of a preprocessor_config.json.
  public init(json: JSONValue, processor: JSONValue? = nil) throws(ModelError) {
    guard case .object = json else { throw .wrongType(key: "config.json", expected: "an object") }
    let sources = try ConfigurationSources(json)
    let identity = try ArchitectureIdentity(sources)
    (name, statesNumbers) = (identity.name, identity.statesNumbers)
    numbers = try identity.numbers(sources)
    let count = try Self.classCount(sources, identity)
    let labelled = try ClassLabels(sources, count: count)
    (labels, labelNames, labelKey) = (labelled.shown, labelled.names, labelled.key)
    isBackbone = count?.value == 0
    classCountKey = count?.key ?? (labels.isEmpty ? nil : labelled.key)
    if let count = count?.value ?? (labels.isEmpty ? nil : labels.count), count > 0 {
      numbers["num_classes"] = .integer(count)
    }
    let published = Registry.published(named: name)
    (preprocessing, channelsKey) = try Self.preprocessing(
      sources, processor, standard: published?.preprocessing ?? .standard(numbers: numbers))
    let stated = try Self.text("fovea.label_set", json["fovea"]?["label_set"])
    (labelSet, statesLabelSet) = (stated, stated != nil)
    if let value = json["fovea"]?["logits_upsampling"], value != .null {
      logitsUpsampling = try JSONKey("fovea.logits_upsampling").choice(value)
    }
    raw = json
    // a config that states its numbers states these too, or means none
    guard !identity.statesNumbers, let published else { return }
    logitsUpsampling = logitsUpsampling ?? published.logitsUpsampling
    let isItsOwn = classCount == published.classCount
    labelSet = labelSet ?? (isItsOwn ? published.labelSet : nil)
  }

  /// C of the logits, `num_classes`; nil for a backbone.
  public var classCount: Int? { isBackbone ? nil : numbers["num_classes"]?.integer }

  /// Where the weights come from, `fovea.provenance`: source, data, measured accuracy.
  public var provenance: JSONValue? {
    get { raw["fovea"]?["provenance"] }
    set {
      raw = raw.merging(["fovea": [:]])
      raw["fovea"]?["provenance"] = newValue
    }
  }

  /// The architecture that the numbers describe.
  public func architecture() throws(ModelError) -> any Architecture {
    try Registry.architecture(numbers)
  }

  /// Takes the number of classes from the weights, where the config states none.
  mutating func take(classCount: Int) {
    numbers["num_classes"] = .integer(classCount)
    if !statesLabelSet, classCount != Registry.published(named: name)?.classCount { labelSet = nil }
  }

  /// Takes the picture's channels from the weights, where the config states none.
  mutating func take(channels: Int) {
    preprocessing.channels = channels
    preprocessing.mean = PreprocessingStatements.spread(preprocessing.mean.map(Double.init), over: channels)
    preprocessing.standardDeviation = PreprocessingStatements.spread(
      preprocessing.standardDeviation.map(Double.init), over: channels)
  }
}
