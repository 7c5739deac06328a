import FoveaImage

// Small files that are read whole: lists, configs, label sets.
extension FileSystem {
  /// The most bytes that a small file may have.
  package static let smallFileLimit = 64 << 20

  /// The whole of a small text file, without the byte-order mark that some editors put first.
  ///
  /// Throws with the system's reason, status `cannotOpen`; `overLimit` for more than `limit` bytes, of which no
  /// more are read; `badData` where it is not UTF-8.
  package static func text(of path: String, limit: Int = smallFileLimit) throws(FoveaError) -> String {
    let bytes = try bytes(of: path, limit: limit)
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    let isWide = bytes.starts(with: [0xff, 0xfe]) || bytes.starts(with: [0xfe, 0xff])
    throw FoveaError(
      path: path, reason: isWide ? "is UTF-16 text, not UTF-8" : "is not UTF-8 text",
      hint: "save it as UTF-8", status: .badData)
  }

  /// The whole of a small file, without a byte-order mark; throws as `text(of:limit:)` does but for what is no text.
  package static func bytes(of path: String, limit: Int = smallFileLimit) throws(FoveaError) -> [UInt8] {
    var bytes: [UInt8] = []
    try forEachBlock(of: path) { (block) throws(FoveaError) in
      guard bytes.count + block.count <= limit else {
        throw FoveaError(
          path: path, reason: "has more than \(limit) bytes, the limit for such a file",
          hint: "is it the file that was meant?", status: .overLimit)
      }
      bytes += block
    }
    if bytes.starts(with: [0xef, 0xbb, 0xbf]) { bytes.removeFirst(3) }
    return bytes
  }

  /// Writes a text file, which appears whole or not at all. Throws with status `cannotCreate` or `inputOutput`.
  package static func write(_ text: String, to path: String) throws(FoveaError) {
    do {
      try AtomicFile.write(Array(text.utf8), to: path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }
}
