import CFoveaCodecs

/// A PNG with a palette as it is stored: an index a pixel, and the palette's colours.
public struct IndexedImage: Sendable {
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// (H, W): an index into the palette each; one past its end stands in a file that is damaged.
  public let indices: [UInt8]
  /// The colours, at most 256.
  public let palette: [RGB]

  /// Decodes a file; nil where it is an image without a palette. Throws `ImageError` for a file that is none, is
  /// damaged or over the limits. O(pixels).
  public init?(_ source: ImageSource, limits: DecodingLimits = .init()) throws(ImageError) {
    var cLimits = limits.cValue(allowTruncated: false, keepsIndices: true)
    var info = fovea_image_info()
    var failure = fovea_codec_error()
    let bytes = try source.open(limit: limits.fileSize)
    guard let decoder = fovea_decoder_open(bytes, &cLimits, &info, &failure) else {
      throw ImageError(failure, limits: limits, format: info.format == FOVEA_JPEG ? .jpeg : .png)
    }
    defer { fovea_decoder_close(decoder) }
    guard let colors = info.palette else { return nil }
    palette = (0..<Int(info.palette_count)).map {
      RGB(colors[3 * $0], colors[3 * $0 + 1], colors[3 * $0 + 2])
    }
    let (width, height) = (Int(info.width), Int(info.height))
    var indices = [UInt8](repeating: 0, count: width * height)
    let isWhole = indices.withUnsafeMutableBufferPointer { indices in
      guard let start = indices.baseAddress else { return true }
      for row in 0..<height
      where fovea_decoder_read_row(decoder, start + row * width, &failure) != FOVEA_OK { return false }
      return fovea_decoder_finish(decoder, &failure) == FOVEA_OK
    }
    guard isWhole else { throw ImageError(failure, limits: limits, format: .png) }
    (self.width, self.height, self.indices) = (width, height, indices)
  }
}
