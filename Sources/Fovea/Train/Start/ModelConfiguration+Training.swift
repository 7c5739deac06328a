import FoveaModels

extension ModelConfiguration {
  /// Makes this the config of a network that will learn a set's classes at a recipe's size.
  ///
  /// The hybrid has a head for either task; other families must be of the task already.
  mutating func take(_ set: TrainingSet, _ recipe: Recipe) throws(FoveaError) {
    let isHybrid = numbers["family"]?.string == "fovea"
    if isHybrid {
      numbers["head"] =
        numbers["head"].flatMap { Self.hasTask($0, set.task) ? $0 : nil } ?? Self.head(set.task)
    } else {
      let actual: ModelTask = logitsUpsampling == nil ? .classification : .segmentation
      guard actual == set.task else {
        throw FoveaError(
          path: name, reason: "is an architecture for \(actual.rawValue), not for \(set.task.rawValue)",
          hint: "choose another with --architecture; 'fovea models' lists them", status: .usage)
      }
    }
    numbers["num_classes"] = .integer(set.labels.count)
    let size = recipe.answerSize.isEmpty ? recipe.size : recipe.answerSize
    (preprocessing.height, preprocessing.width) = (size[0], size[1])
    // a model of its own: whatever else a config said of the old one's task, labels or licence is gone
    self = ModelConfiguration(
      name: name, numbers: numbers, preprocessing: preprocessing, labels: set.labels,
      labelSet: set.labelSet?.embeddedName,
      logitsUpsampling: set.task == .classification ? nil : logitsUpsampling ?? .bilinear)
  }

  private static func hasTask(_ head: JSONValue, _ task: ModelTask) -> Bool {
    head["type"]?.string == (task == .segmentation ? "segmenter" : "classifier")
  }

  /// The hybrid's heads.
  private static func head(_ task: ModelTask) -> JSONValue {
    task == .segmentation
      ? ["type": "segmenter", "width": 64, "depth": 2, "upsampling": "bicubic", "upscale": 2]
      : ["type": "classifier"]
  }
}
