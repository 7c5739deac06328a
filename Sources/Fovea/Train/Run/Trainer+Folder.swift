import FoveaGraph
import FoveaImage
import FoveaModels

extension Trainer {
  /// True for parameters that keep their values.
  var isFrozen: @Sendable (Parameter) -> Bool {
    let (fixed, taken) = (model.fixed, model.taken)
    let keepsTaken = request.method != .whole
    return { fixed.contains($0.path) || keepsTaken && taken.contains($0.path) }
  }

  /// The layer of a classifier's classes, where it alone is new: all before it was taken over, or never changes.
  var newHead: ClassHead? {
    guard set.masks == nil, let head = ClassHead(model.graph) else { return nil }
    let new = Set(head.layer.parameters.map(\.path))
    let isComplete = model.graph.parameters.allSatisfy {
      new.contains($0.path) || model.taken.contains($0.path) || model.fixed.contains($0.path)
    }
    return isComplete ? head : nil
  }

  /// Makes the model folder, where it is not there, and clears it of what a run that was killed left half written.
  ///
  /// Until there is something to keep, a folder without anything in it goes again where the run fails or a signal ends
  /// it. Throws where another training has begun in it meanwhile.
  func makeFolder() throws(FoveaError) {
    try FileSystem.makeDirectory(request.output)
    if lock == nil {
      lock = try FolderLock(request.output)
      guard try FileSystem.names(in: request.output).isEmpty else { throw FolderLock.taken(request.output) }
    }
    try FileSystem.removeLeftovers(in: request.output)
    let contents = try FileSystem.contents(of: request.output)
    if contents.names.isEmpty && contents.strange.isEmpty {
      unfinished = Temporary.adopt(folder: request.output)
    }
  }

  /// From now on what is in the model folder is worth something, whatever becomes of the run.
  func keepFolder() {
    _ = unfinished?.settle { true }
    unfinished = nil
  }

  /// The model folder, as it is to be described now.
  var folder: TrainedFolder {
    TrainedFolder(path: request.output, model: model, set: set, state: state)
  }

  /// Figures as a config states them.
  func measured(_ score: Validator.Score?) -> JSONValue? {
    guard let score, let validator else { return nil }
    func rounded(_ value: Double) -> JSONValue { .number((value * 1e5).rounded() / 1e5) }
    var measured: JSONValue = [
      "images": .integer(validator.count), "weights": "float16, run in float32", "with": "fovea train",
    ]
    guard set.masks != nil else {
      measured["top1"] = rounded(score.first)
      measured["top5"] = rounded(score.second)
      return measured
    }
    measured["miou"] = rounded(score.first)
    measured["pixel_accuracy"] = rounded(score.second)
    let classes = zip(labels, score.classes).map { ($0.0, $0.1.map(rounded) ?? .null) }
    measured["iou"] = .object(Dictionary(classes) { $1 })
    return measured
  }
}
