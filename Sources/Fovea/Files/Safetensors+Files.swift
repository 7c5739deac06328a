import FoveaImage
import FoveaWeights

/// Writes tensors to a safetensors file that appears whole or not at all.
///
/// Throws with status `cannotCreate` or `inputOutput`.
func writeSafetensors(
  _ entries: [TensorEntry], metadata: [String: String] = [:], to path: String,
  values: (TensorEntry) throws -> [Float]
) throws(FoveaError) {
  try withoutActuallyEscaping(values) { values throws(FoveaError) in
    try writeSafetensors(entries, metadata: metadata, to: path) { entry, piece in
      try values(entry).withUnsafeBufferPointer(piece)
    }
  }
}

/// The same, each tensor's values coming in pieces.
func writeSafetensors(
  _ entries: [TensorEntry], metadata: [String: String] = [:], to path: String,
  pieces: (TensorEntry, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
) throws(FoveaError) {
  let file = try stageSafetensors(entries, metadata: metadata, to: path, pieces: pieces)
  do throws(EncodingError) {
    try file.commit()
  } catch {
    throw FoveaError(error, path: path)
  }
}

/// The same, but that the file takes its place when the caller commits it; `written` sees every byte.
func stageSafetensors(
  _ entries: [TensorEntry], metadata: [String: String] = [:], to path: String,
  written: (UnsafeRawBufferPointer) -> Void = { _ in },
  pieces: (TensorEntry, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
) throws(FoveaError) -> AtomicFile {
  do {
    let writer = try SafetensorsWriter(entries, metadata: metadata)
    let file = try AtomicFile(path)
    try writer.write(
      to: { bytes in
        written(bytes)
        try file.write(bytes)
      }, pieces: pieces)
    return file
  } catch let error as EncodingError {
    throw FoveaError(error, path: path)
  } catch let error as WeightsError {
    throw FoveaError(error, path: path)
  } catch {
    throw FoveaError(path: path, reason: String(describing: error), status: .inputOutput)
  }
}
