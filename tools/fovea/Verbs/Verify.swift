import ArgumentParser
import Fovea

/// `fovea verify`: a model folder looked over again.
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Check a model folder again: the weights' hash, and every tensor's shape.",
    discussion: """
      EXAMPLE
        fovea verify models/fovea_nano_camvid
      """)

  @Argument(help: "The model folder.")
  var folder: String
  @Flag(help: "Print a JSON object.")
  var json = false

  func run() throws {
    let verification = try Verification(folder)
    Messages.warn(
      verification.nonFinite.map { "tensor \($0.name) holds \($0.count) NaN or infinite values" },
      about: folder)
    guard !json else {
      return StandardOutput.shared.line([
        "path": .string(folder), "tensors": .integer(verification.tensors),
        "parameters": .integer(verification.parameters), "weights_sha256": .string(verification.digest),
        "stated": .boolean(verification.statedDigest != nil),
      ])
    }
    let hash = verification.statedDigest == nil ? "no hash is stated" : "the hash is the one stated"
    StandardOutput.shared.line(
      "\(folder)  \(verification.tensors) tensors fit, \(verification.parameters) parameters, \(hash)"
    )
  }
}
