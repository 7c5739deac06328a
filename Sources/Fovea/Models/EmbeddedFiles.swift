import CFoveaEmbedded

/// The files inside the binary: the default models and the label sets.
enum EmbeddedFiles {
  /// The bytes of a file, which live as long as the process, by its path from the repository's root; or nil.
  static func bytes(_ path: String) -> UnsafeRawBufferPointer? {
    guard let file = fovea_embedded_find(path)?.pointee else { return nil }
    return UnsafeRawBufferPointer(start: file.bytes, count: file.count)
  }

  /// The names of the folders under a folder, e.g. those of `models`, sorted.
  static func folders(under folder: String) -> [String] {
    let names = (0..<fovea_embedded_count()).compactMap { position -> String? in
      guard let file = fovea_embedded_at(position)?.pointee else { return nil }
      let parts = String(cString: file.path).split(separator: "/")
      return parts[0] == folder ? String(parts[1]) : nil
    }
    return Set(names).sorted()
  }
}
