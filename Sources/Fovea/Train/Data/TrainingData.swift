import FoveaModels

/// Where the pictures to learn from lie, and those to measure with.
struct TrainingParts {
  let training: DatasetPart
  /// Nil where a part of the training pictures is measured with, or nothing.
  let validation: DatasetPart?

  /// Looks at the names in a request's folders.
  ///
  /// Throws where these are no data set by the rule of `Dataset`, are of different kinds, or hold the output.
  init(_ request: TrainingRequest) throws(FoveaError) {
    var options = DatasetOptions()
    (options.layout, options.list, options.maskSuffix) = (request.layout, request.list, request.maskSuffix)
    options.isStrict = request.isStrict
    if let start = request.start { options.expectsMasks = try start.task == .segmentation }
    let (training, beside) = try Dataset(request.directory, options: options).learnt()
    self.training = training
    if let folder = request.validation {
      options.list = nil
      let dataset = try Dataset(folder, options: options)
      validation = try dataset.measured(dataset.parts[.validation] == nil ? nil : .validation)
    } else {
      validation = beside
    }
    for part in [training, validation].compactMap(\.self) {
      guard (part.layout == .pairs) == (training.layout == .pairs) else {
        throw FoveaError(
          path: part.directory,
          reason:
            "has the layout \(part.layout.rawValue), and what is learnt from \(training.layout.rawValue)",
          hint: "validation is of the same kind", status: .badData)
      }
      guard part.layout == .folders else { continue }
      guard !FileSystem.canonical(request.output).hasPrefix(FileSystem.canonical(part.directory) + "/") else {
        throw FoveaError(
          path: request.output, reason: "lies in \(part.directory), where a folder is a class",
          hint: "choose a place outside it with -o", status: .usage)
      }
    }
  }

  /// What the pictures' truth is.
  var task: ModelTask { training.layout == .pairs ? .segmentation : .classification }
}

/// The pictures to learn from, and those to measure with.
struct TrainingData {
  let training: TrainingSet
  /// Nil where nothing is measured.
  let validation: TrainingSet?
  /// What of the folders was not taken.
  let leftOut: LeftOut

  /// Looks through a request's folders.
  ///
  /// `labels` are the classes where they are not told from the folder. Throws for a class without images, before
  /// anything is learnt, and for what is left out where the request is strict.
  init(
    _ request: TrainingRequest, _ parts: TrainingParts, labels: LabelSet?, part: Double, seed: UInt64
  ) throws(FoveaError) {
    let whole = try TrainingSet(parts.training, labels: labels, request)
    var leftOut = whole.leftOut
    if let validation = parts.validation {
      training = whole
      let measured = try TrainingSet(validation, like: whole, hasNamedLabels: request.namesLabels)
      leftOut.add(measured.leftOut)
      self.validation = measured
    } else if part > 0, request.method != .few {
      let (rest, aside) = whole.split(part: part, seed: seed)
      training = rest
      self.validation = aside.samples.isEmpty ? nil : aside
    } else {
      (training, self.validation) = (whole, nil)
    }
    guard !request.isStrict || leftOut.isWhole else { throw FoveaError(leftOut, path: request.directory) }
    self.leftOut = leftOut
  }

  /// What was found and decided, a line each.
  var notes: [String] {
    var notes: [String] = []
    for set in [training, validation].compactMap(\.self) {
      if set.alignment == .order {
        notes.append(
          "aligned by order: the folders of \(set.place) are taken for the \(set.labels.count) classes in sorted order"
        )
      }
    }
    if let line = leftOut.line { notes.append(line) }
    if let validation, validation.masks == nil {
      let seen = Set(validation.samples.map(\.index))
      let lacking = validation.labels.indices.filter { !seen.contains($0) }.map { validation.labels[$0] }
      if !lacking.isEmpty { notes.append("no images of \(DatasetFinder.list(lacking)) for validation") }
    }
    return notes
  }
}

extension FoveaError {
  /// What a strict run says where something was left out.
  package init(_ leftOut: LeftOut, path: String) {
    self.init(
      path: path, reason: leftOut.line ?? "left out: nothing",
      hint: "without --strict the rest is taken, and this is said", status: .badData)
  }
}

extension ModelSource {
  /// What a model answers, by its config. Throws where there is no such model, or its config is bad.
  package var task: ModelTask? {
    get throws(FoveaError) {
      let folder = try ModelFolder(self, task: .classification)
      let configuration = try folder.configuration()
      do throws(ModelError) {
        return configuration.isBackbone ? nil : try configuration.architecture().task
      } catch {
        throw FoveaError(error, path: folder.path)
      }
    }
  }
}
