/// Writes pictures that are whole in memory as PNG files, or as the bytes of one.
/// A file appears whole or not at all; for rows that come one at a time there is `PNGWriter`.
public enum PNGEncoder {
  /// Writes 8-bit RGB to `path`. Throws `EncodingError`.
  public static func write(_ image: Image, to path: String, level: Int = 6) throws(EncodingError) {
    try encode(image.pixels, .rgb, width: image.width, height: image.height, to: path, level: level)
  }

  /// Writes `samples`, (H, W, bytesPerPixel), to `path`.
  /// Throws `EncodingError`. Traps unless there are exactly width × height × bytesPerPixel bytes.
  public static func write(
    _ samples: [UInt8], _ layout: PNGLayout, width: Int, height: Int, to path: String, level: Int = 6
  ) throws(EncodingError) {
    try encode(samples, layout, width: width, height: height, to: path, level: level)
  }

  /// Writes 16-bit grey `samples`, (H, W), to `path`.
  /// Throws `EncodingError`. Traps unless there are exactly width × height samples.
  public static func writeGrey16(
    _ samples: [UInt16], width: Int, height: Int, to path: String, level: Int = 6
  ) throws(EncodingError) {
    let bytes = samples.withUnsafeBytes { [UInt8]($0) }
    try encode(bytes, .grey16, width: width, height: height, to: path, level: level)
  }

  /// The bytes of a PNG of `samples`, (H, W, bytesPerPixel).
  /// Throws `EncodingError`. Traps unless there are exactly width × height × bytesPerPixel bytes.
  public static func bytes(
    _ samples: [UInt8], _ layout: PNGLayout, width: Int, height: Int, level: Int = 6
  ) throws(EncodingError) -> [UInt8] {
    try encode(samples, layout, width: width, height: height, to: nil, level: level)
  }

  /// The bytes of a PNG of an 8-bit RGB picture. Throws `EncodingError`.
  public static func bytes(_ image: Image, level: Int = 6) throws(EncodingError) -> [UInt8] {
    try bytes(image.pixels, .rgb, width: image.width, height: image.height, level: level)
  }

  @discardableResult private static func encode(
    _ samples: [UInt8], _ layout: PNGLayout, width: Int, height: Int, to path: String?, level: Int
  ) throws(EncodingError) -> [UInt8] {
    let rowBytes = width * layout.bytesPerPixel
    precondition(
      samples.count == rowBytes * height,
      "PNGEncoder: \(width) x \(height) of \(layout.bytesPerPixel) bytes, got \(samples.count)")
    let writer = try PNGWriter(path: path, layout: layout, width: width, height: height, level: level)
    try samples.withUnsafeBufferPointer { bytes throws(EncodingError) in
      for y in 0..<height {
        let row = UnsafeBufferPointer(rebasing: bytes[y * rowBytes..<(y + 1) * rowBytes])
        try writer.writeRow(UnsafeRawBufferPointer(row))
      }
    }
    return try writer.finish()
  }
}
