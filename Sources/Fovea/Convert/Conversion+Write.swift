import FoveaImage
import FoveaModels
import FoveaWeights

extension Conversion {
  /// Writes the model folder: config.json, model.safetensors and CARD.md.
  ///
  /// The folder appears whole or not at all, and takes the place of a model folder that was there. Values pass
  /// tensor by tensor: memory is that of the largest. Throws with status `cannotCreate` or `inputOutput`, `usage`
  /// for the folder that an input lies in, or `badData` for a value that the type cannot hold.
  public func write(to folder: String) throws(FoveaError) {
    let inputs = [source, options.configurationFile, options.labelsFile].compactMap { $0 }
    for input in inputs
    where FileSystem.folder(of: FileSystem.canonical(input)) == FileSystem.canonical(folder) {
      throw FoveaError(
        path: folder, reason: "holds \(input), which would be lost", hint: "choose another place with -o",
        status: .usage)
    }
    let staging = try FolderStaging(folder)
    let weights = FileSystem.join(staging.path, "model.safetensors")
    let digest = try writeWeights(to: weights)
    var configuration = configuration
    let name = FileSystem.name(of: source)
    let sourceDigest = try FileSystem.digest(of: source)
    var provenance: FoveaModels.JSONValue = configuration.provenance ?? [:]
    provenance["source"] = .string(name)
    provenance["source_sha256"] = .string(sourceDigest)
    provenance["weights_sha256"] = .string(digest)
    provenance["converted_with"] = .string("fovea \(Version.current)")
    configuration.provenance = provenance
    try writeFile(
      Escaped.json(text: configuration.json.text), to: FileSystem.join(staging.path, "config.json"))
    let card = """
      # \(Escaped.line(FileSystem.name(of: folder)))

      | | |
      |---|---|
      | Architecture | `\(configuration.name)` |
      | Parameters | \(parameters) |
      | Source | `\(Escaped.line(name))`, sha256 `\(sourceDigest)` |
      | Weights | `model.safetensors`, sha256 `\(digest)` |
      | Converted with | `fovea convert`, version \(Version.current) |

      The licence of the weights is that of their source.

      """
    try writeFile(Array(card.utf8), to: FileSystem.join(staging.path, "CARD.md"))
    try staging.commit()
  }

  /// Writes the weights, and gives the SHA-256 of what was written.
  private func writeWeights(to path: String) throws(FoveaError) -> String {
    var digest = SHA256()
    do {
      let writer = try SafetensorsWriter(entries, metadata: ["format": "pt"])
      let file = try AtomicFile(path)
      try writer.write(
        to: { bytes in
          digest.update(bytes)
          try file.write(bytes)
        },
        values: { entry in try checkpoint.floats(of: storedNames[entry.name] ?? entry.name) })
      try file.commit()
    } catch let error as EncodingError {
      throw FoveaError(error, path: path)
    } catch let error as WeightsError {
      throw FoveaError(error, path: source)
    } catch {
      throw FoveaError(path: path, reason: String(describing: error), status: .inputOutput)
    }
    return digest.hexadecimal()
  }

  private func writeFile(_ bytes: [UInt8], to path: String) throws(FoveaError) {
    do throws(EncodingError) {
      try AtomicFile.write(bytes, to: path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }
}
