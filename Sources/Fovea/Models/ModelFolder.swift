import FoveaModels
import FoveaWeights

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model's two files, before they are read: in a folder, or inside the binary.
struct ModelFolder {
  /// What a model folder may hold: the model, what tells of it, and what learning it needs to go on.
  static let files: Set<String> = [
    "config.json", "model.safetensors", "CARD.md", "labels.json", "recipe.json", "summary.csv", "curve.png",
    "state.safetensors",
  ]

  let name: String
  /// The folder, or the name of a model inside the binary.
  let path: String
  let isEmbedded: Bool

  init(_ source: ModelSource, task: ModelTask) throws(FoveaError) {
    switch source {
    case .embedded: self.init(ModelShelf.Entry(name: task.embeddedModel, folder: nil))
    case .named(let name): self.init(try ModelShelf.entry(named: name))
    case .folder(let folder):
      guard FileSystem.isDirectory(folder) else {
        throw FoveaError(
          path: folder,
          reason: FileSystem.exists(folder) ? "is not a model folder" : "unknown model: no such folder",
          hint: "a model folder holds config.json and model.safetensors",
          status: FileSystem.exists(folder) ? .badData : .usage)
      }
      self.init(ModelShelf.Entry(name: FileSystem.name(of: folder), folder: folder))
    }
  }

  init(_ entry: ModelShelf.Entry) {
    (name, path, isEmbedded) = (entry.name, entry.folder ?? entry.name, entry.folder == nil)
  }

  /// Reads the config alone.
  func configuration() throws(FoveaError) -> ModelConfiguration {
    do throws(ModelError) {
      return isEmbedded
        ? try ModelConfiguration(embedded("config.json") { Data($0) })
        : try ModelFiles(folder: path).configuration()
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// Reads the config, builds the graph and opens the weights, which are compared with it.
  func load() throws(FoveaError) -> Model {
    do throws(ModelError) {
      guard isEmbedded else { return try Model(folder: path) }
      return try Model(
        configuration: embedded("config.json") { Data($0) },
        weights: embedded("model.safetensors") { WeightBytes(embedded: $0) })
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// A file of a model inside the binary.
  private func embedded<Content>(
    _ file: String, _ content: (UnsafeRawBufferPointer) -> Content
  ) throws(ModelError) -> Content {
    guard let bytes = EmbeddedFiles.bytes("models/\(name)/\(file)") else { throw .missingFile(file) }
    return content(bytes)
  }
}
