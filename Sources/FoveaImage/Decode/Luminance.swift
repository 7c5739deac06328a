/// Pillow's `convert("L")`: 0.299 R + 0.587 G + 0.114 B (ITU-R 601-2), in 16 bits of fraction.
enum Luminance {
  /// The luminance of 8-bit samples, rounded as Pillow rounds it.
  static func of(_ red: UInt8, _ green: UInt8, _ blue: UInt8) -> UInt8 {
    let (r, g, b) = (19595 * UInt32(red), 38470 * UInt32(green), 7471 * UInt32(blue))
    let sum: UInt32 = r + g + b + 0x8000
    return UInt8(sum >> 16)
  }

  /// Puts a row's luminance in place of its R, G and B, `width * 3` samples.
  static func replace(_ row: UnsafeMutablePointer<UInt8>, width: Int) {
    for pixel in 0..<width {
      let grey = of(row[3 * pixel], row[3 * pixel + 1], row[3 * pixel + 2])
      for channel in 0..<3 { row[3 * pixel + channel] = grey }
    }
  }

  /// The same of samples with fractions, not rounded.
  static func replace(_ row: UnsafeMutablePointer<Float>, width: Int) {
    for pixel in 0..<width {
      let (r, g, b) = (19595 * row[3 * pixel], 38470 * row[3 * pixel + 1], 7471 * row[3 * pixel + 2])
      let grey: Float = (r + g + b) / 65536
      for channel in 0..<3 { row[3 * pixel + channel] = grey }
    }
  }
}

extension Image {
  /// The picture in grey: R, G and B all as Pillow's `convert("L")` has it. O(pixels).
  public var greyscale: Image {
    var pixels = pixels
    pixels.withUnsafeMutableBufferPointer { samples in
      samples.baseAddress.map { Luminance.replace($0, width: samples.count / 3) }
    }
    return Image(width: width, height: height, pixels: pixels)
  }
}
