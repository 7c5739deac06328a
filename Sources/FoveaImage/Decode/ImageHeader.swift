import CFoveaCodecs

/// The two formats that are read.
public enum ImageFormat: String, Sendable {
  /// Portable Network Graphics.
  case png = "PNG"
  /// JPEG: baseline or progressive, 8 bits.
  case jpeg = "JPEG"
}

/// What an image file's header says.
public struct ImageHeader: Sendable {
  /// The format, by content.
  public let format: ImageFormat
  /// Pixels in a stored row.
  public let width: Int
  /// Stored rows.
  public let height: Int
  /// Bits of a sample (of an index for palettes) in the file.
  public let bitDepth: Int
  /// How colours are stored: "palette", "grey with alpha", "YCbCr" and so on.
  public let storedAs: String
  /// True when pixels carry alpha, of their own or from a transparent colour.
  public let hasAlpha: Bool
  /// True for interlaced PNG and progressive JPEG: their decoders hold the whole image.
  public let isProgressive: Bool
  /// What EXIF or XMP says, whether or not it is applied.
  public let orientation: Orientation
}

extension ImageHeader {
  init(_ info: fovea_image_info, hasAlpha: Bool) {
    self.init(
      format: info.format == FOVEA_JPEG ? .jpeg : .png, width: Int(info.width), height: Int(info.height),
      bitDepth: Int(info.file_bits), storedAs: String(cString: info.stored_as), hasAlpha: hasAlpha,
      isProgressive: info.interlaced, orientation: Orientation(info))
  }
}
