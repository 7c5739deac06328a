import FoveaModels

/// Where a model's label set is: inside the binary, or in its folder.
enum ModelLabels {
  /// The name of the set inside the binary, or the set in the folder's labels.json.
  ///
  /// The config's labels, the set that it names and labels.json must agree; the set of a named variant, which the
  /// config does not state, is left where the labels are others. Without a folder the model is our own. Throws with status `badData`, naming both.
  static func sets(
    of model: Model, folder: String?
  ) throws(FoveaError) -> (embedded: String?, own: LabelSet?) {
    let configuration = model.configuration
    guard let folder else {
      return (configuration.labelSet.flatMap { LabelSet.names.contains($0) ? $0 : nil }, nil)
    }
    let file = FileSystem.join(folder, "labels.json")
    let own = FileSystem.exists(file) ? try LabelSet(file: file) : nil
    if let own { try check(own, "labels.json", configuration, model.classCount, folder) }
    guard let name = configuration.labelSet else { return (nil, own) }
    guard LabelSet.names.contains(name) else {
      guard own == nil, configuration.statesLabelSet else { return (nil, own) }
      throw FoveaError(
        path: folder, reason: "fovea.label_set in config.json is \"\(name)\", which is no data set here",
        hint: "known are \(LabelSet.names.joined(separator: ", ")); another belongs into labels.json",
        status: .badData)
    }
    // one inside the binary is read when it is asked for, unless something else is said of the classes
    guard own != nil || !configuration.labels.isEmpty || configuration.statesLabelSet else {
      return (name, nil)
    }
    let set = try LabelSet.named(name)
    do throws(FoveaError) {
      try check(set, "the label set \(name)", configuration, model.classCount, folder)
    } catch {
      guard configuration.statesLabelSet else { return (nil, own) }
      throw error
    }
    if let own, own.classes.map(\.label) != set.classes.map(\.label) {
      throw disagreement(
        folder, "fovea.label_set in config.json is \"\(name)\", but labels.json has other classes")
    }
    return (own == nil ? name : nil, own)
  }

  /// Throws where a set has not the model's classes, or names them otherwise than its config does.
  private static func check(
    _ set: LabelSet, _ place: String, _ configuration: ModelConfiguration, _ count: Int?, _ folder: String
  ) throws(FoveaError) {
    if let count, count != set.classes.count {
      throw disagreement(folder, "\(place) has \(set.classes.count) classes, but the model has \(count)")
    }
    if let difference = difference(set, place, configuration) { throw disagreement(folder, difference) }
  }

  /// How a set names classes otherwise than a config; nil where they agree, or the config names none.
  static func difference(_ set: LabelSet, _ place: String, _ configuration: ModelConfiguration) -> String? {
    let (names, shown) = (configuration.labelNames, configuration.labels)
    guard !names.isEmpty else { return nil }
    guard names.count == set.classes.count else {
      return "\(configuration.labelKey) has \(names.count) names, but \(place) has \(set.classes.count)"
    }
    guard
      let (known, index) = zip(set.classes, names.indices).first(where: { known, index in
        !known.isNamed(names[index]) && !known.isNamed(shown[index])
      })
    else { return nil }
    return
      "\(configuration.labelKey) in config.json is \"\(names[index])\" for class \(index), but \(place) has "
      + "\"\(known.label)\""
  }

  private static func disagreement(_ folder: String, _ reason: String) -> FoveaError {
    FoveaError(path: folder, reason: reason, hint: "leave one of them out", status: .badData)
  }
}

extension LabelSet.Class {
  /// True for its label, its synset, and a description that begins with the label: "tench, Tinca tinca".
  fileprivate func isNamed(_ name: String) -> Bool {
    name == label || name == synset || name.hasPrefix(label + ",")
  }
}

extension Model {
  /// What it answers; nil for a backbone, and where its result is neither a class nor a map of classes.
  var task: ModelTask? { configuration.isBackbone ? nil : architecture.task }

  /// C of the logits; nil where it has none.
  var classCount: Int? { graph.output(named: "logits")?.channels }
}
