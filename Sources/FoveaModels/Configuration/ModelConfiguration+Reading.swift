// How the parts of a config are read; each part may be stated at several keys.
extension ModelConfiguration {
  /// The number of classes, 0 for a backbone; nil where nothing states it.
  static func classCount(
    _ sources: ConfigurationSources, _ identity: ArchitectureIdentity
  ) throws(ModelError) -> Stated<Int>? {
    var stated =
      sources.stated("num_classes") + sources.argument("num_classes") + sources.stated("num_labels")
    if identity.statesNumbers, let count = identity.stated["num_classes"], count != .null {
      stated.append(Stated(key: "\(identity.key).num_classes", value: count))
    }
    let counts = try stated.map { (count) throws(ModelError) in
      Stated(
        key: count.key, value: try JSONKey(count.key).integer(count.value, in: 0...Limit.classes.upperBound))
    }
    // a backbone keeps the numbers of the head that it might have
    let isBackbone = counts.first?.value == 0
    return try counts.filter { !isBackbone || $0.key != "\(identity.key).num_classes" }.agreed()
  }

  /// How a photo becomes the input: what the config says, or the preprocessor_config.json beside it, or both. And the
  /// key that states the channels.
  static func preprocessing(
    _ sources: ConfigurationSources, _ processor: JSONValue?, standard: PreprocessingConfiguration
  ) throws(ModelError) -> (PreprocessingConfiguration, channelsKey: String?) {
    var statements = try PreprocessingStatements(sources)
    let isTimms = !statements.isEmpty
    if let processor {
      try ImageProcessor.read(processor, into: &statements)
      if isTimms { statements.cropOffset = nil }
    }
    var settings = try statements.settings(over: standard)
    if isTimms || processor != nil { settings.rounding = .floor }
    let fovea = sources.root["fovea"]
    if let value = fovea?["resize_rounding"], value != .null {
      settings.rounding = try JSONKey("fovea.resize_rounding").choice(value)
    }
    if let value = fovea?["crop_offset"], value != .null {
      settings.cropOffset = try JSONKey("fovea.crop_offset").choice(value)
    }
    return (settings, statements.channels.first?.key)
  }

  static func text(_ key: String, _ value: JSONValue?) throws(ModelError) -> String? {
    guard let value, value != .null else { return nil }
    guard let text = value.string else { throw .wrongType(key: key, expected: "a string") }
    return text
  }
}

extension ModelConfiguration {
  /// Keys that say what `json` says once, at its own place.
  private static let elsewhere = [
    "label_names", "labels", "id2label", "label2id", "label_descriptions", "num_labels", "input_size",
    "interpolation", "crop_pct", "crop_mode", "mean", "std", "in_chans", "num_channels", "image_size",
  ]

  /// The config as it is written: what was read, with what is known here in place of what was said of it.
  public var json: JSONValue {
    var json = raw
    var pretrained = raw["pretrained_cfg"] ?? [:]
    for key in Self.elsewhere { (json[key], pretrained[key]) = (nil, nil) }
    pretrained["num_classes"] = nil
    pretrained = pretrained.merging(preprocessing.json)
    pretrained["label_names"] = labels.isEmpty ? nil : .array(labelNames.map(JSONValue.string))
    let described = zip(labelNames, labels).filter { $0 != $1 }
    if !described.isEmpty {
      pretrained["label_descriptions"] = .object(
        Dictionary(described.map { ($0, .string($1)) }) { first, _ in first })
    }
    var fovea = (raw["fovea"] ?? [:]).merging([
      "resize_rounding": .string(preprocessing.rounding.rawValue)
    ])
    fovea["crop_offset"] =
      preprocessing.cropOffset == .even ? nil : .string(preprocessing.cropOffset.rawValue)
    fovea["architecture"] = numbers
    fovea["label_set"] = labelSet.map(JSONValue.string)
    fovea["logits_upsampling"] = logitsUpsampling.map { .string($0.rawValue) }
    json["architecture"] = .string(name)
    json["num_classes"] = isBackbone ? 0 : classCount.map(JSONValue.integer)
    json["model_args"] = nil
    (json["pretrained_cfg"], json["fovea"]) = (pretrained, fovea)
    return json
  }
}
