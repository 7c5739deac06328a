import CFoveaCodecs

/// What a file is, by its first bytes and never by its name.
package enum ContentGuess: Sendable, Hashable {
  /// It begins as a PNG or JPEG does.
  case readable
  /// A picture of a format that is not read, by name: "WebP", "TIFF".
  case otherPicture(String)
  /// Anything else.
  case noPicture

  /// How many first bytes are looked at.
  package static let length = Int(FOVEA_CONTENT_LENGTH)

  /// A guess by a file's first bytes, `length` of them or all.
  package init(_ first: some Sequence<UInt8>) {
    var name: UnsafePointer<CChar>?
    let bytes = Array(first)
    self =
      switch fovea_guess_content(bytes, bytes.count, &name) {
      case FOVEA_CONTENT_READABLE: .readable
      case FOVEA_CONTENT_PICTURE: .otherPicture(name.map { String(cString: $0) } ?? "")
      default: .noPicture
      }
  }
}
