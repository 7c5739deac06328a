import FoveaModels

/// The pictures to learn from, and those to measure with.
struct TrainingData {
  let training: TrainingSet
  /// Nil where nothing is measured.
  let validation: TrainingSet?

  /// Looks through a request's folders: `train` and `val` of the directory where they are there, a folder for
  /// validation where one is named, and else a part of the training pictures.
  ///
  /// `labels` are the classes where they are not told from the folder.
  init(
    _ request: TrainingRequest, labels: LabelSet?, part: Double, seed: UInt64
  ) throws(FoveaError) {
    let (directory, beside) = Self.folders(of: request.directory)
    let layout = request.layout(of: directory)
    if layout == .folders {
      for folder in [directory, request.validation ?? beside].compactMap({ $0 }) {
        guard !FileSystem.canonical(request.output).hasPrefix(FileSystem.canonical(folder) + "/") else {
          throw FoveaError(
            path: request.output, reason: "lies in \(folder), where a folder is a class",
            hint: "choose a place outside it with -o", status: .usage)
        }
      }
    }
    let whole = try TrainingSet(directory, layout: layout, labels: labels)
    if let validation = request.validation ?? beside {
      training = whole
      self.validation = try TrainingSet(validation, layout: layout, labels: nil, like: whole)
    } else if part > 0, request.method != .few {
      let (rest, aside) = whole.split(part: part, seed: seed)
      training = rest
      self.validation = aside.samples.isEmpty ? nil : aside
    } else {
      (training, self.validation) = (whole, nil)
    }
  }

  /// The folder of training pictures, and that of validation pictures: `train` of a directory, with `val` where
  /// that is there, whatever else is. A `train` that holds no folders is a class of that name.
  static func folders(of directory: String) -> (training: String, validation: String?) {
    let (training, validation) = (FileSystem.join(directory, "train"), FileSystem.join(directory, "val"))
    guard FileSystem.holdsFolders(training) else { return (directory, nil) }
    return (training, FileSystem.isDirectory(validation) ? validation : nil)
  }
}

extension TrainingRequest {
  /// The layout of a folder: the one that was said, or told from it.
  func layout(of directory: String) -> Layout {
    layout ?? (MaskPairs.isLayout(of: directory) ? .pairs : .folders)
  }

  /// What the pictures' truth is.
  var task: ModelTask {
    layout(of: TrainingData.folders(of: directory).training) == .pairs ? .segmentation : .classification
  }
}
