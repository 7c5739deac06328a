extension TrainingSet {
  /// Reads a folder's layout and names. Throws for a class without images, before anything is learnt.
  ///
  /// `labels` are the classes where they are not told from the folder. `training` is the set to learn from where
  /// this one is for validation: it has the same classes, and may lack pictures of some.
  init(
    _ directory: String, layout: TrainingRequest.Layout, labels: LabelSet?, like training: TrainingSet? = nil
  ) throws(FoveaError) {
    guard FileSystem.isDirectory(directory) else {
      throw FoveaError(
        path: directory, reason: FileSystem.exists(directory) ? "is not a directory" : "no such directory",
        hint: "name the folder of a data set", status: .cannotOpen)
    }
    switch layout {
    case .folders: try self.init(folders: directory, labels, like: training)
    case .pairs: try self.init(pairs: directory, labels, like: training)
    }
  }

  private init(folders directory: String, _ set: LabelSet?, like known: TrainingSet?) throws(FoveaError) {
    let names = try FileSystem.names(in: directory)
      .filter { FileSystem.isDirectory(FileSystem.join(directory, $0)) }
    let labels = known?.labels ?? set?.classes.map(\.label) ?? names
    let folders = try LabelledFolders(
      directory, labels: labels, synsets: (known?.labelSet ?? set)?.classes.map(\.synset) ?? [])
    var counts = [Int](repeating: 0, count: labels.count)
    for sample in folders.samples { counts[sample.index] += 1 }
    if known == nil, let empty = counts.firstIndex(of: 0) {
      throw FoveaError(class: labels[empty], hasNo: "images", path: directory)
    }
    guard known != nil || labels.count > 1 else {
      throw FoveaError(
        path: directory, reason: "has one class, \(labels[0])", hint: "a classifier needs two at least",
        status: .badData)
    }
    self.init(
      task: .classification,
      samples: folders.samples.map { Sample(image: $0.path, mask: nil, index: $0.index) },
      labels: labels, labelSet: known?.labelSet ?? set, masks: nil, note: folders.note)
  }

  private init(pairs directory: String, _ labels: LabelSet?, like known: TrainingSet?) throws(FoveaError) {
    let set: LabelSet
    if let said = known?.labelSet ?? labels { set = said } else { set = try Self.labelSet(of: directory) }
    self.init(
      task: .segmentation,
      samples: try MaskPairs(directory).pairs.map { Sample(image: $0.image, mask: $0.mask, index: 0) },
      labels: set.classes.map(\.label), labelSet: set, masks: MaskReader(set), note: nil)
  }

  /// The label set of a labels.json in the folder or above it.
  private static func labelSet(of directory: String) throws(FoveaError) -> LabelSet {
    for folder in [directory, FileSystem.folder(of: directory)] {
      let file = FileSystem.join(folder, "labels.json")
      if FileSystem.exists(file) { return try LabelSet(file: file) }
    }
    throw FoveaError(
      path: directory, reason: "its masks' classes are not known",
      hint: "name a label set or a file of one with --dataset, or put it there as labels.json",
      status: .usage)
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
