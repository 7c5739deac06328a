import Foundation
import FoveaWeights

/// The files of a model folder, as this package, timm and Hugging Face name them.
public struct ModelFiles: Sendable {
  /// The bytes that a config may have.
  static let textLimit = 64 << 20

  /// The folder.
  public let folder: String

  /// The files of a folder, which is not looked into yet.
  public init(folder: String) { self.folder = folder }

  /// The weights' file name: model.safetensors, or else pytorch_model.bin, which is read without running anything;
  /// nil where neither is there.
  public var weights: String? { ["model.safetensors", "pytorch_model.bin"].first(where: isThere) }

  /// The path of the weights. Throws `ModelError.missingFile`.
  public func weightsPath() throws(ModelError) -> String {
    guard let weights else { throw .missingFile("model.safetensors") }
    return path(weights)
  }

  /// What of the folder is not used.
  var notes: [String] {
    weights == "model.safetensors" && isThere("pytorch_model.bin")
      ? ["took model.safetensors and left out pytorch_model.bin"] : []
  }

  /// Reads config.json, and preprocessor_config.json where it is there.
  public func configuration() throws(ModelError) -> ModelConfiguration {
    let config = try text("config.json")
    let processor = isThere(ImageProcessor.file) ? try text(ImageProcessor.file) : nil
    return try ModelConfiguration(config, processor: processor)
  }

  /// Opens the weights.
  public func checkpoint() throws(ModelError) -> Checkpoint {
    let path = try weightsPath()
    do throws(WeightsError) {
      return try Checkpoint.open(path: path, as: weights == "model.safetensors" ? .safetensors : nil)
    } catch {
      throw .weights(error)
    }
  }

  private func path(_ name: String) -> String {
    URL(filePath: folder).appending(path: name).path(percentEncoded: false)
  }

  private func isThere(_ name: String) -> Bool { FileManager.default.fileExists(atPath: path(name)) }

  /// A file's text, of a regular file that is not endless.
  private func text(_ name: String) throws(ModelError) -> Data {
    guard isThere(name) else { throw .missingFile(name) }
    do throws(WeightsError) {
      let bytes = try WeightBytes(file: path(name))
      guard bytes.count <= Self.textLimit else {
        throw .overLimit(.headerBytes, value: bytes.count, limit: Self.textLimit)
      }
      return try bytes.withBytes(0..<bytes.count) { Data($0) }
    } catch .emptyFile {
      return Data()
    } catch .overLimit {
      throw .overLimit(file: name, limit: Self.textLimit)
    } catch {
      throw .unreadable(file: name, reason: String(describing: error))
    }
  }
}
