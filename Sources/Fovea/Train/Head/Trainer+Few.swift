import FoveaGraph
import FoveaModels

extension Trainer {
  /// Fits the layer of the classes in closed form, and writes the model folder.
  func fitHead(_ report: (TrainingEvent) -> Void) throws(FoveaError) {
    guard let head = newHead else {
      throw FoveaError(
        path: model.configuration.name, reason: "--few needs a trained classifier, whole but for its classes",
        hint: "name one with --init, leave --architecture out, and give a folder of one sub-folder a class",
        status: .usage)
    }
    let preprocessing = model.configuration.photoPreprocessing(fit: .crop)
    let features = try FeatureSet(
      of: set, PhotoViews(of: set, preprocessing: preprocessing, mirrors: false), maps: [head.features],
      model, parameters: model.parameters, threads: request.threads, limit: .max, report)
    let ridge = RidgeHead(
      features: features.values, channels: features.width, ids: features.ids.map(Int.init),
      classes: labels.count, hasBias: head.layer.bias != nil)
    report(
      .note("\(percent(ridge.leftOutAccuracy)) of the pictures are right in a fit without them"))
    try makeFolder()
    try folder.write(records: [], measured: nil) { parameter in
      if parameter.path == head.layer.weight.path { return ridge.weights }
      if parameter.path == head.layer.bias?.path { return ridge.bias }
      return try model.parameters.values(of: parameter)
    }
    var measured: JSONValue = [
      "left_out_top1": .number((ridge.leftOutAccuracy * 1e4).rounded() / 1e4)
    ]
    let score = try validator?.score(request.output, failed: { report(.skipped($0)) })
    if let score {
      measured = measured.merging(self.measured(score) ?? [:])
      report(.note("\(percent(score.first)) of \(validationCount) validation images are right"))
    }
    try folder.describe(records: [], measured: measured)
    keepFolder()
    report(
      .fitted(
        HeadFit(
          images: features.samples.count, leftOutAccuracy: ridge.leftOutAccuracy, score: score?.first,
          secondScore: score?.second)))
  }
}

/// "61.3 %".
private func percent(_ part: Double) -> String { "\((part * 1000).rounded() / 10) %" }
