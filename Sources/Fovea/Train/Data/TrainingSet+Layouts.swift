import FoveaImage

extension TrainingSet {
  /// Reads a part to learn from. Throws for a class without images, before anything is learnt.
  ///
  /// `labels` are the classes where they are not told from the folder.
  init(_ part: DatasetPart, labels: LabelSet?, _ request: TrainingRequest) throws(FoveaError) {
    var decoding = DecodingOptions()
    decoding.applyOrientation = request.appliesOrientation
    guard part.layout != .pairs else {
      let set: LabelSet
      if let labels {
        set = labels
      } else if let file = Self.labelFile(of: part.directory) {
        set = try LabelSet(file: file)
      } else {
        throw FoveaError(
          path: part.directory, reason: "its masks' classes are not known",
          hint: "name a label set or a file of one with --dataset, or put it there as labels.json",
          status: .usage)
      }
      try self.init(masks: MaskPairs(part), set, MaskReader(set), .name, part, decoding)
      return
    }
    let named = try NamedPictures(part)
    let classes =
      labels.map {
        ClassNames($0.classes.map(\.label), synsets: $0.classes.map(\.synset), owner: "label of \($0.name)")
      } ?? ClassNames(named.names)
    let pictures = try LabelledPictures(named, classes, takesOrder: !part.options.isStrict)
    self.init(pictures, classes.labels, labels, part, decoding)
    var counts = [Int](repeating: 0, count: self.labels.count)
    for sample in samples { counts[sample.index] += 1 }
    if let empty = counts.firstIndex(of: 0) {
      throw FoveaError(class: self.labels[empty], hasNo: "images", path: part.directory)
    }
    guard self.labels.count > 1 else {
      throw FoveaError(
        path: part.directory, reason: "has one class, \(self.labels[0])",
        hint: "a classifier needs two at least", status: .badData)
    }
  }

  /// Reads a part to measure with: it has the classes of the set that is learnt, by their names, and may lack
  /// pictures of some. Masks of a label set of their own are read by that, unless one was named for all.
  init(_ part: DatasetPart, like known: TrainingSet, hasNamedLabels: Bool) throws(FoveaError) {
    guard let learnt = known.labelSet, part.layout == .pairs else {
      let owner = "class of \(known.place)"
      // folders that were taken in order are known by their own names alone
      let isSure = [.name, .synset, .folded].contains(known.alignment)
      let classes = ClassNames(
        isSure ? known.labels : known.labels.map { _ in "" },
        isSure ? known.labelSet?.classes.map(\.synset) ?? [] : [], aliases: known.names, owner)
      let pictures = try LabelledPictures(NamedPictures(part).withoutEmpty, classes, takesOrder: false)
      self.init(pictures, known.labels, known.labelSet, part, known.decoding)
      return
    }
    var (reader, alignment) = (try MaskReader(learnt), Alignment.name)
    if !hasNamedLabels, let file = Self.labelFile(of: part.directory) {
      let own = try LabelSet(file: file)
      let matching = try own.matching(
        ClassNames(learnt.classes.map(\.label), owner: "label of \(learnt.name)"), takesOrder: false,
        path: file)
      (reader, alignment) = (try MaskReader(own, order: matching.indices), matching.alignment)
    }
    try self.init(masks: MaskPairs(part), learnt, reader, alignment, part, known.decoding)
  }

  private init(
    _ pictures: LabelledPictures, _ labels: [String], _ set: LabelSet?, _ part: DatasetPart,
    _ decoding: DecodingOptions
  ) {
    self.init(
      task: .classification,
      samples: pictures.samples.map { Sample(image: $0.path, mask: nil, index: $0.index) },
      labels: labels, labelSet: set, masks: nil, alignment: pictures.alignment, names: pictures.names,
      leftOut: pictures.leftOut, place: part.directory, decoding: decoding, isStrict: part.options.isStrict)
  }

  private init(
    masks pairs: MaskPairs, _ set: LabelSet, _ reader: MaskReader, _ alignment: Alignment,
    _ part: DatasetPart, _ decoding: DecodingOptions
  ) {
    self.init(
      task: .segmentation, samples: pairs.pairs.map { Sample(image: $0.image, mask: $0.mask, index: 0) },
      labels: set.classes.map(\.label), labelSet: set, masks: reader, alignment: alignment, names: [],
      leftOut: pairs.leftOut, place: part.directory, decoding: decoding, isStrict: part.options.isStrict)
  }
}

extension TrainingSet {
  /// The labels.json in a folder of masks, or above it; nil where there is none.
  static func labelFile(of directory: String) -> String? {
    [directory, FileSystem.folder(of: directory)].map { FileSystem.join($0, "labels.json") }
      .first(where: FileSystem.exists)
  }
}

extension FoveaError {
  /// A sample's class without a picture that can be read.
  init(unreadable sample: TrainingSet.Sample, of set: TrainingSet) {
    self.init(
      class: set.labels[sample.index], hasNo: "image that can be read",
      path: FileSystem.folder(of: sample.image))
  }

  /// A class that nothing can be learnt of.
  init(class label: String, hasNo lack: String, path: String) {
    self.init(
      path: path, reason: "class \(label) has no \(lack)",
      hint: "every class needs some; remove its folder, or choose another --dataset", status: .badData)
  }
}
