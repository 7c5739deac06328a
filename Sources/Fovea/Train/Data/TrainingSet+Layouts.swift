#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension TrainingSet {
  /// Reads a folder's layout and names. Throws for a class without images, before anything is learnt.
  ///
  /// `labels` are the classes of the training set where this one is for validation, which may lack some.
  init(
    _ directory: String, layout: TrainingRequest.Layout, dataset: String?, labelled labels: TrainingSet? = nil
  ) throws(FoveaError) {
    guard FileSystem.isDirectory(directory) else {
      throw FoveaError(
        path: directory, reason: FileSystem.exists(directory) ? "is not a directory" : "no such directory",
        hint: "name the folder of a data set", status: .cannotOpen)
    }
    switch layout {
    case .folders: try self.init(folders: directory, dataset: dataset, labelled: labels)
    case .pairs: try self.init(pairs: directory, dataset: dataset, labelled: labels)
    }
  }

  private init(folders directory: String, dataset: String?, labelled known: TrainingSet?) throws(FoveaError) {
    let set = try dataset.map { (name) throws(FoveaError) in try LabelSet.of(argument: name) }
    let names = try FileSystem.names(in: directory)
      .filter { FileSystem.isDirectory(FileSystem.join(directory, $0)) }
    let labels = known?.labels ?? set?.classes.map(\.label) ?? names
    let folders = try LabelledFolders(
      directory, labels: labels, synsets: (known?.labelSet ?? set)?.classes.map(\.synset) ?? [])
    var counts = [Int](repeating: 0, count: labels.count)
    for sample in folders.samples { counts[sample.index] += 1 }
    if known == nil, let empty = counts.firstIndex(of: 0) {
      throw FoveaError(
        path: directory, reason: "class \(labels[empty]) has no images",
        hint: "every class needs some; remove its folder, or choose another --dataset", status: .badData)
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

  private init(pairs directory: String, dataset: String?, labelled known: TrainingSet?) throws(FoveaError) {
    let set: LabelSet
    if let said = known?.labelSet { set = said } else { set = try Self.labelSet(of: directory, dataset) }
    self.init(
      task: .segmentation,
      samples: try MaskPairs(directory).pairs.map { Sample(image: $0.image, mask: $0.mask, index: 0) },
      labels: set.classes.map(\.label), labelSet: set, masks: MaskReader(set), note: nil)
  }

  /// The label set that is named, or a labels.json in the folder or above it.
  private static func labelSet(of directory: String, _ dataset: String?) throws(FoveaError) -> LabelSet {
    if let dataset { return try LabelSet.of(argument: dataset) }
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

extension FileSystem {
  /// Bytes of a file; 0 where there is none.
  static func byteCount(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
  }
}
