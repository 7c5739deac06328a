import FoveaImage

extension FileSystem {
  /// Writes a text file, which appears whole or not at all. Throws with status `cannotCreate` or `inputOutput`.
  package static func write(_ text: String, to path: String) throws(FoveaError) {
    do {
      try AtomicFile.write(Array(text.utf8), to: path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }
}
