import CFoveaCodecs

/// What a file may ask of its decoder. Each is compared with the header before anything is allocated for it,
/// and each has its own error.
public struct DecodingLimits: Sendable, Hashable {
  /// Width times height, in pixels.
  public var pixels = 100_000_000
  /// Width or height, in pixels. (libjpeg itself stops at 65 500.)
  public var side = 65_500
  /// The file, in bytes.
  public var fileSize = 256_000_000
  /// Scans of a progressive JPEG.
  public var scans = 100
  /// Warnings of the decoder before a file is taken for damaged.
  public var warnings = 100
  /// What the decoder may hold at once, in bytes: interlaced and progressive images are held whole.
  public var decoderMemory = 256_000_000

  /// The limits as documented at each.
  public init() {}

  func cValue(allowTruncated: Bool, keepsIndices: Bool = false) -> fovea_limits {
    fovea_limits(
      max_pixels: UInt64(max(0, pixels)), max_side: UInt32(clamping: side),
      max_scans: UInt32(clamping: scans),
      max_warnings: UInt32(clamping: warnings), max_memory: UInt64(max(0, decoderMemory)),
      allow_truncated: allowTruncated, keep_indices: keepsIndices)
  }
}
