extension LoadedModel {
  /// The names of the classes that it answers, with the WordNet ids of its label set, or those that its config has for
  /// names which it describes.
  public var classNames: ClassNames { ClassNames(labels, synsets: synsets) }

  private var synsets: [String?] {
    let (names, labels) = (configuration.labelNames, labels)
    if names.count == labels.count, names != labels { return names }
    return labelSet?.classes.map(\.synset) ?? []
  }

  /// The same, with the names that a data set's label set has for them.
  ///
  /// The set's classes are the model's by name; those of a model whose classes have no names are in the set's order.
  /// Throws with status `badData` where they are not as many, or some are not the model's.
  public func classNames(known set: LabelSet, path: String) throws(FoveaError) -> ClassNames {
    let own = classNames
    if let labelSet, labelSet.json == set.json { return own }
    let matching = try set.matching(own, takesOrder: true, path: path)
    let synsets = zip(set.classes, matching.indices).compactMap { entry, index in
      entry.synset.map { (name: $0, index: index) }
    }
    return ClassNames(
      labels, self.synsets,
      aliases: zip(set.classes, matching.indices).map { ($0.label, $1) } + synsets, "label of the model")
  }
}

extension MaskPairs {
  /// How a part's masks are read for a segmenter: by the label set that is named, the one that lies with them, or the
  /// model's own, whose classes are brought together with the model's by name.
  ///
  /// A model whose classes have no names is taken in the set's order, unless the part's options are strict. Throws
  /// with status `badData` where the classes are not as many, or not the same, and `usage` where no set is known.
  public static func reader(
    of part: DatasetPart, dataset: String?, for model: LoadedModel
  ) throws(FoveaError) -> (masks: MaskReader, alignment: Alignment) {
    let file = TrainingSet.labelFile(of: part.directory)
    let named = try dataset.map { (name) throws(FoveaError) in try LabelSet.of(argument: name) }
    let found = try named == nil ? file.map { (file) throws(FoveaError) in try LabelSet(file: file) } : nil
    guard let set = named ?? found ?? model.labelSet else {
      throw FoveaError(
        path: model.path, reason: "names no label set", hint: "name one with --dataset", status: .usage)
    }
    if let own = model.labelSet, own.json == set.json, own.classes.map(\.label) == model.labels {
      return (try MaskReader(set), .name)
    }
    let matching = try set.matching(
      model.classNames, takesOrder: !part.options.isStrict, path: dataset ?? file ?? model.path)
    return (try MaskReader(set, order: matching.indices), matching.alignment)
  }
}
