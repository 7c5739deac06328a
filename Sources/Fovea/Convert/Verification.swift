import FoveaModels
import FoveaWeights

/// A model folder looked over again: every tensor against the architecture, and the weights' hash.
public struct Verification: Sendable {
  /// The SHA-256 of model.safetensors as it is.
  public let digest: String
  /// The SHA-256 that config.json states, where it states one.
  public let statedDigest: String?
  /// Trained numbers.
  public let parameters: Int
  /// Tensors in the file.
  public let tensors: Int
  /// Tensors that hold NaN or infinite values, and how many.
  public let nonFinite: [(name: String, count: Int)]

  /// Where a config states the hash of weights that a training was about to put in the place of those it states.
  static let nextDigestKey = "next_weights_sha256"

  /// Looks a folder over. O(bytes).
  ///
  /// Throws with status `badData` for whatever does not fit, a hash that differs among it.
  public init(_ folder: String) throws(FoveaError) {
    let model = try ModelFolder(.folder(folder), task: .classification).load()
    let files = ModelFiles(folder: folder)
    let weights = FileSystem.join(folder, files.weights ?? "model.safetensors")
    digest = try FileSystem.digest(of: weights)
    let provenance = model.configuration.provenance
    let stated = ["weights_sha256", Self.nextDigestKey].compactMap { provenance?[$0]?.string }
    // of a training that was killed either may be there
    statedDigest = stated.first { [digest] in $0 == digest } ?? stated.first
    parameters = model.parameterCount
    let checkpoint: Checkpoint
    do { checkpoint = try files.checkpoint() } catch { throw FoveaError(error, path: weights) }
    tensors = checkpoint.entries.count
    do throws(WeightsError) {
      nonFinite = try checkpoint.nonFiniteTensors()
    } catch {
      throw FoveaError(error, path: weights)
    }
    if let statedDigest, statedDigest != digest {
      throw FoveaError(
        path: weights, reason: "has SHA-256 \(digest), and config.json states \(statedDigest)",
        hint: "the file was changed or damaged; get it again from its source", status: .badData)
    }
  }
}
