import FoveaGraph
import FoveaImage
import FoveaModels
import FoveaTraining
import FoveaWeights

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The model folder that a training writes, epoch after epoch: each file appears whole or not at all.
struct TrainedFolder {
  let path: String
  let model: StartingModel
  let set: TrainingSet
  let state: TrainingState

  /// Writes the weights, float16 but for the running statistics, and config, card, recipe, summary and curve.
  ///
  /// Weights and config fit each other at any moment: a config that is there first states the new weights' hash
  /// beside the old, and the config of a folder that was none comes last. `values` gives the values of a parameter.
  /// Throws with status `cannotCreate` or `inputOutput`.
  func write(
    records: [EpochRecord], measured: JSONValue?, values: (Parameter) throws -> [Float]
  ) throws(FoveaError) {
    let weights = FileSystem.join(path, "model.safetensors")
    let parameters = model.graph.parameters.filter { !model.fixed.contains($0.path) }
    let byName = Dictionary(parameters.map { ($0.path, $0) }) { $1 }
    let entries = parameters.map {
      TensorEntry(name: $0.path, elementType: $0.isStatistic ? .f32 : .f16, shape: $0.shape)
    }
    var digest = SHA256()
    let file = try stageSafetensors(
      entries, metadata: ["format": "pt"], to: weights, written: { digest.update($0) }
    ) { entry, piece in
      guard let parameter = byName[entry.name] else { return }
      try values(parameter).withUnsafeBufferPointer(piece)
    }
    let stated = digest.hexadecimal()
    try announce(stated)
    do throws(EncodingError) {
      try file.commit()
    } catch {
      throw FoveaError(error, path: weights)
    }
    try describe(records: records, measured: measured, weights: stated)
  }

  /// States the hash of weights that are about to come, in a config that is there.
  private func announce(_ digest: String) throws(FoveaError) {
    let file = FileSystem.join(path, "config.json")
    guard FileSystem.exists(file) else { return }
    guard var configuration = try? ModelConfiguration(Data(FileSystem.bytes(of: file))) else { return }
    var provenance = configuration.provenance ?? [:]
    provenance[Verification.nextDigestKey] = .string(digest)
    configuration.provenance = provenance
    try write(configuration.json.text, "config.json")
  }

  /// Writes what describes the weights, again where they have been measured.
  func describe(records: [EpochRecord], measured: JSONValue?) throws(FoveaError) {
    let digest = try FileSystem.digest(of: FileSystem.join(path, "model.safetensors"))
    try describe(records: records, measured: measured, weights: digest)
  }

  private func describe(
    records: [EpochRecord], measured: JSONValue?, weights digest: String
  ) throws(FoveaError) {
    var configuration = model.configuration
    configuration.provenance = provenance(records, measured, weights: digest)
    // first what needs none of the rest: with its config the folder is a model
    if let labels = set.labelSet, model.configuration.labelSet == nil {
      try write(labels.json, "labels.json")
    }
    try write(configuration.json.text, "config.json")
    if !isFitted { try write(state.recipe.json.text, "recipe.json") }
    try FileSystem.write(card(measured, weights: digest), to: FileSystem.join(path, "CARD.md"))
    guard !records.isEmpty else { return }
    try FileSystem.write(
      Summary.text(records, task: set.task), to: FileSystem.join(path, "summary.csv"))
    do {
      try PNGEncoder.write(LearningCurve(records).picture, to: FileSystem.join(path, "curve.png"))
    } catch {
      throw FoveaError(error, path: FileSystem.join(path, "curve.png"))
    }
  }

  private func write(_ bytes: some Sequence<UInt8>, _ name: String) throws(FoveaError) {
    let file = FileSystem.join(path, name)
    do throws(EncodingError) {
      try AtomicFile.write(Escaped.json(text: bytes), to: file)
    } catch {
      throw FoveaError(error, path: file)
    }
  }

  private func provenance(_ records: [EpochRecord], _ measured: JSONValue?, weights: String) -> JSONValue {
    var provenance: JSONValue = [
      "source": .string(source),
      "recipe": isFitted ? .string("the layer of the classes by ridge regression") : state.recipe.json,
      "data_sha256": .string(state.dataDigest),
      "images": .integer(set.samples.count), "epochs": .integer(records.last?.epoch ?? 0),
      "trained_with": .string("fovea \(Version.current)"), "weights_sha256": .string(weights),
    ]
    provenance["measured"] = measured
    return provenance
  }

  /// True where nothing was learnt step by step.
  private var isFitted: Bool { state.method == TrainingRequest.Method.few.rawValue }

  private var source: String {
    guard let origin = model.origin else { return "trained from scratch with fovea train" }
    let what = state.method == "whole" ? "fine-tuned" : "a new head on frozen features"
    return "\(what), from \(Escaped.line(origin)), with fovea train"
  }

  private func card(_ measured: JSONValue?, weights: String) -> String {
    """
    # \(Escaped.line(FileSystem.name(of: path)))

    | | |
    |---|---|
    | Architecture | `\(model.configuration.name)`, \(model.architecture.parameterCount) parameters |
    | Source | \(source) |
    | Data | \(set.samples.count) images, \(set.labels.count) classes; names and contents sha256 `\(state.dataDigest)` |
    | Recipe | \(method) |
    | Weights | `model.safetensors`, sha256 `\(weights)` |
    | Trained with | `fovea train`, version \(Version.current) |
    \(figures(measured))

    The licence of the weights is that of the images, and of the model that they were taken from.

    """
  }

  private var method: String {
    let recipe = state.recipe
    guard !isFitted else { return "the layer of the classes by ridge regression on the backbone's features" }
    return "`recipe.json`: \(recipe.epochs) epochs of batches of \(recipe.batch) at \(recipe.height) x "
      + "\(recipe.width), \(recipe.optimiser.rawValue), rate \(recipe.rate); an epoch a line in `summary.csv`"
  }

  /// A line a figure.
  private func figures(_ measured: JSONValue?) -> String {
    let names = [
      ("miou", "mIoU"), ("pixel_accuracy", "Pixel accuracy"), ("top1", "Top-1"), ("top5", "Top-5"),
      ("left_out_top1", "Top-1 of pictures left out of the fit"),
    ]
    let images = measured?["images"]?.integer.map { ", \($0) images of validation" } ?? ""
    let lines = names.compactMap { key, name -> String? in
      guard let value = measured?[key]?.number else { return nil }
      return "| \(name)\(key.hasPrefix("left") ? "" : images) | \(Summary.number(value, 4)) |"
    }
    return lines.isEmpty ? "| Accuracy | not measured |" : lines.joined(separator: "\n")
  }
}
