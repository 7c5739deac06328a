import FoveaModels

extension ModelConfiguration {
  /// Makes this the config of a network that will learn a set's classes at a recipe's size: the same backbone with
  /// a head for the set's task.
  ///
  /// Throws where the family has none, and a `ModelError` for numbers that will not do.
  mutating func take(_ set: TrainingSet, _ recipe: Recipe) throws {
    guard case .object(let head) = try architecture().head(for: set.task) else { throw noHead(for: set.task) }
    guard preprocessing.channels == 3 else {
      throw FoveaError(
        path: name, reason: "takes pictures of \(preprocessing.channels) channels, and training has three",
        hint: "begin with a model of colour pictures", status: .usage)
    }
    for (key, value) in head { numbers[key] = value == .null ? nil : value }
    numbers["num_classes"] = .integer(set.labels.count)
    let size = recipe.answerSize.isEmpty ? recipe.size : recipe.answerSize
    (preprocessing.height, preprocessing.width) = (size[0], size[1])
    // a model of its own: whatever else a config said of the old one's task, labels or licence is gone
    self = ModelConfiguration(
      name: name, numbers: numbers, preprocessing: preprocessing, labels: set.labels,
      labelSet: set.labelSet?.embeddedName,
      logitsUpsampling: set.task == .classification ? nil : logitsUpsampling ?? .bilinear)
  }

  private func noHead(for task: ModelTask) -> FoveaError {
    let able = Registry.families(for: task).joined(separator: ", ")
    return FoveaError(
      path: name,
      reason: "is of the family \(numbers["family"]?.string ?? ""), which has no head for \(task.rawValue)",
      hint: "\(task.rawValue) is learnt by the families \(able)", status: .usage)
  }
}
