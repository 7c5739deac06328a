import CFoveaCodecs

/// Where an image's bytes are; their content decides the format, never a name.
public enum ImageSource: Sendable {
  /// A file by its path. A regular file is read through a window of 64 KB; a pipe or device is read whole.
  case file(String)
  /// A file's bytes in memory.
  case bytes([UInt8])
  /// An open descriptor, read from where it stands to its end and left open: 0 for standard input.
  case descriptor(Int32)

  func open(limit: Int) throws(ImageError) -> OpaquePointer {
    if case .file(let path) = self, path.utf8.contains(0) {
      throw .cannotOpen(reason: "a name with a NUL byte is no file's")
    }
    var failure = fovea_codec_error()
    let limit = UInt64(max(0, limit))
    let source =
      switch self {
      case .file(let path): fovea_source_open(path, limit, &failure)
      case .bytes(let bytes): fovea_source_copy(bytes, UInt64(bytes.count), limit, &failure)
      case .descriptor(let descriptor): fovea_source_drain(descriptor, limit, &failure)
      }
    guard let source else { throw ImageError(failure) }
    return source
  }
}
