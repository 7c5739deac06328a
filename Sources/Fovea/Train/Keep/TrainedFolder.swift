import FoveaGraph
import FoveaImage
import FoveaModels
import FoveaTraining
import FoveaWeights

/// The model folder that a training writes, epoch after epoch: each file appears whole or not at all.
struct TrainedFolder {
  let path: String
  let model: StartingModel
  let set: TrainingSet
  let state: TrainingState

  /// Writes the weights, float16 but for the running statistics, and config, card, recipe, summary and curve.
  ///
  /// `values` gives the values of a parameter. Throws with status `cannotCreate` or `inputOutput`.
  func write(
    records: [EpochRecord], measured: JSONValue?, values: (Parameter) throws -> [Float]
  ) throws(FoveaError) {
    let weights = FileSystem.join(path, "model.safetensors")
    let parameters = model.graph.parameters.filter { !model.fixed.contains($0.path) }
    let byName = Dictionary(parameters.map { ($0.path, $0) }) { $1 }
    try writeSafetensors(
      parameters.map {
        TensorEntry(name: $0.path, elementType: $0.isStatistic ? .f32 : .f16, shape: $0.shape)
      }, metadata: ["format": "pt"], to: weights
    ) { try byName[$0.name].map(values) ?? [] }
    try describe(records: records, measured: measured)
  }

  /// Writes what describes the weights, again where they have been measured.
  func describe(records: [EpochRecord], measured: JSONValue?) throws(FoveaError) {
    let digest = try Self.digest(of: FileSystem.join(path, "model.safetensors"))
    var configuration = model.configuration
    configuration.provenance = provenance(records, measured, weights: digest)
    try write(configuration.json.text, "config.json")
    try write(state.recipe.json.text, "recipe.json")
    try FileSystem.write(card(records, weights: digest), to: FileSystem.join(path, "CARD.md"))
    if let labels = set.labelSet, model.configuration.labelSet == nil {
      try write(labels.json, "labels.json")
    }
    guard !records.isEmpty else { return }
    try FileSystem.write(
      Summary.text(records, task: set.task), to: FileSystem.join(path, "summary.csv"))
    do {
      try PNGEncoder.write(LearningCurve(records).picture, to: FileSystem.join(path, "curve.png"))
    } catch {
      throw FoveaError(error, path: FileSystem.join(path, "curve.png"))
    }
  }

  /// The SHA-256 of a file.
  static func digest(of path: String) throws(FoveaError) -> String {
    var digest = FoveaImage.SHA256()
    try FileSystem.forEachBlock(of: path) { digest.update($0) }
    return digest.hexDigest()
  }

  private func write(_ bytes: some Sequence<UInt8>, _ name: String) throws(FoveaError) {
    let file = FileSystem.join(path, name)
    do throws(EncodingError) {
      try AtomicFile.write(Array(bytes), to: file)
    } catch {
      throw FoveaError(error, path: file)
    }
  }

  private func provenance(_ records: [EpochRecord], _ measured: JSONValue?, weights: String) -> JSONValue {
    var provenance: JSONValue = [
      "source": .string(source), "recipe": state.recipe.json, "data_sha256": .string(state.dataDigest),
      "images": .integer(set.samples.count), "epochs": .integer(records.last?.epoch ?? 0),
      "trained_with": .string("fovea \(Version.current)"), "weights_sha256": .string(weights),
    ]
    provenance["measured"] = measured
    return provenance
  }

  private var source: String {
    guard let origin = model.origin else { return "trained from scratch with fovea train" }
    let what = state.method == "whole" ? "fine-tuned" : "a new head on frozen features"
    return "\(what), from \(origin), with fovea train"
  }

  private func card(_ records: [EpochRecord], weights: String) -> String {
    let names = set.task == .segmentation ? ("mIoU", "Pixel accuracy") : ("Top-1", "Top-5")
    let recipe = state.recipe
    let scores = records.last.map { record in
      """
      | \(names.0) on the validation images | \(record.score.map { Summary.number($0, 4) } ?? "not measured") |
      | \(names.1) | \(record.secondScore.map { Summary.number($0, 4) } ?? "not measured") |
      """
    }
    return """
      # \(FileSystem.name(of: path))

      | | |
      |---|---|
      | Architecture | `\(model.configuration.name)`, \(model.architecture.parameterCount) parameters |
      | Source | \(source) |
      | Data | \(set.samples.count) images, \(set.labels.count) classes; names and sizes sha256 `\(state.dataDigest)` |
      | Recipe | `recipe.json`: \(recipe.epochs) epochs of batches of \(recipe.batch) at \(recipe.height) x \
      \(recipe.width), \(recipe.optimiser.rawValue), rate \(recipe.rate) |
      | Weights | `model.safetensors`, sha256 `\(weights)` |
      | Trained with | `fovea train`, version \(Version.current); epochs in `summary.csv` and `curve.png` |
      \(scores ?? "| Accuracy | not measured |")

      The licence of the weights is that of the images, and of the model that they were taken from.

      """
  }
}
