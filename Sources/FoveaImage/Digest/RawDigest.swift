/// What a file holds before anything is done to its colours: the decoder's own samples, hashed.
/// 16-bit samples keep their high byte, grey is scaled to 0...255 and replicated, palettes are expanded,
/// CMYK is multiplied out, alpha stands apart, and the picture stays as it is stored.
public struct RawDigest: Sendable {
  /// What the header says.
  public let header: ImageHeader
  /// What was odd, one line each.
  public let warnings: [String]
  /// SHA-256 of height × width × 3 bytes R, G, B, in hexadecimal.
  public let rgb: String
  /// SHA-256 of height × width bytes of alpha, in hexadecimal; nil without alpha.
  public let alpha: String?
  /// Stored rows that are good: all, but for a cut file that was allowed.
  public let goodRows: Int

  /// Decodes a file and hashes its rows as they come; with `allowTruncated` those that a cut file lacks count as
  /// zeros. Throws `ImageError` for anything but a sound file.
  public init(
    _ source: ImageSource, limits: DecodingLimits = .init(), allowTruncated: Bool = false
  ) throws(ImageError) {
    var options = DecodingOptions()
    options.limits = limits
    options.allowTruncated = allowTruncated
    options.pilParity = true
    let reader = try ImageReader(source, options: options, narrowing: .highByte)
    let width = reader.header.width
    let rgbRow = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 3 * width)
    let alphaRow = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: width)
    defer {
      rgbRow.deallocate()
      alphaRow.deallocate()
    }
    var (rgbHash, alphaHash) = (SHA256(), SHA256())
    for _ in 0..<reader.header.height {
      guard let rgbStart = rgbRow.baseAddress, let alphaStart = alphaRow.baseAddress else { break }
      try reader.readRaw(rgb: rgbStart, alpha: alphaStart)
      rgbHash.update(UnsafeRawBufferPointer(rgbRow))
      if reader.header.hasAlpha { alphaHash.update(UnsafeRawBufferPointer(alphaRow)) }
    }
    try reader.finish()
    header = reader.header
    goodRows = reader.goodRows
    warnings = reader.warnings
    rgb = rgbHash.hexadecimal()
    alpha = header.hasAlpha ? alphaHash.hexadecimal() : nil
  }
}
