import CFoveaCodecs

/// Turns a row as the decoders give it into 8-bit R, G, B, and its alpha beside it.
struct RowConversion {
  let layout: fovea_layout
  let isWide: Bool
  let narrowing: Narrowing

  /// How 16 bits become 8.
  enum Narrowing {
    /// v / 257 rounded, which is exact for every v that 8 bits can state, and never clips.
    case by257
    /// The high byte.
    case highByte
    /// 255 where v is more, as Pillow's `convert("RGB")` does with 16-bit grey.
    case clipped
  }

  var hasAlpha: Bool { layout == FOVEA_GREY_ALPHA || layout == FOVEA_RGBA }

  /// True when a decoded row already is 8-bit RGB.
  var isIdentity: Bool { layout == FOVEA_RGB && !isWide }

  var isGrey: Bool { layout == FOVEA_GREY || layout == FOVEA_GREY_ALPHA }

  private var channels: Int {
    switch layout {
    case FOVEA_GREY: 1
    case FOVEA_GREY_ALPHA: 2
    case FOVEA_RGB: 3
    default: 4
    }
  }

  /// Converts `width` pixels: `row` → `rgb`, 3 samples a pixel, and `alpha`, 1, where there is alpha.
  /// Samples of 16 bits (big-endian pairs) are narrowed in place first.
  func convert(
    _ row: UnsafeMutablePointer<UInt8>, width: Int, rgb: UnsafeMutablePointer<UInt8>,
    alpha: UnsafeMutablePointer<UInt8>
  ) {
    if isWide { narrow(row, count: width * channels) }
    switch layout {
    case FOVEA_GREY: replicate(row, stride: 1, width: width, rgb: rgb)
    case FOVEA_GREY_ALPHA:
      replicate(row, stride: 2, width: width, rgb: rgb)
      for x in 0..<width { alpha[x] = row[2 * x + 1] }
    case FOVEA_RGB: rgb.update(from: row, count: 3 * width)
    case FOVEA_RGBA:
      for x in 0..<width {
        rgb[3 * x] = row[4 * x]
        rgb[3 * x + 1] = row[4 * x + 1]
        rgb[3 * x + 2] = row[4 * x + 2]
        alpha[x] = row[4 * x + 3]
      }
    default: multiplyInks(row, width: width, rgb: rgb)
    }
  }

  private func narrow(_ samples: UnsafeMutablePointer<UInt8>, count: Int) {
    switch narrowing {
    case .highByte:
      for i in 0..<count { samples[i] = samples[2 * i] }
    case .clipped:
      for i in 0..<count { samples[i] = samples[2 * i] == 0 ? samples[2 * i + 1] : 255 }
    case .by257:
      for i in 0..<count {
        let value = UInt32(samples[2 * i]) << 8 | UInt32(samples[2 * i + 1])
        samples[i] = UInt8(truncatingIfNeeded: (value &* 255 &+ 32895) >> 16)
      }
    }
  }

  private func replicate(
    _ row: UnsafeMutablePointer<UInt8>, stride: Int, width: Int, rgb: UnsafeMutablePointer<UInt8>
  ) {
    for x in 0..<width {
      let grey = row[stride * x]
      rgb[3 * x] = grey
      rgb[3 * x + 1] = grey
      rgb[3 * x + 2] = grey
    }
  }

  /// CMYK as Adobe stores it, inverted, so that each sample is the light that an ink lets through; the
  /// black's light is cut by what the colour absorbs of it: k - (255 - c) · k / 255, as Pillow has it.
  private func multiplyInks(
    _ row: UnsafeMutablePointer<UInt8>, width: Int, rgb: UnsafeMutablePointer<UInt8>
  ) {
    for x in 0..<width {
      let black = UInt32(row[4 * x + 3])
      for channel in 0..<3 {
        let ink = 255 &- UInt32(row[4 * x + channel])
        rgb[3 * x + channel] = UInt8(truncatingIfNeeded: black &- roundedProduct(ink, black))
      }
    }
  }
}

/// a · b / 255, rounded; both in 0...255.
@inline(__always) func roundedProduct(_ a: UInt32, _ b: UInt32) -> UInt32 { roundedBy255(a &* b) }

/// v / 255, rounded to nearest, for v in 0...65025.
@inline(__always) func roundedBy255(_ value: UInt32) -> UInt32 {
  let biased = value &+ 128
  return ((biased >> 8) &+ biased) >> 8
}

/// Lays `width` pixels over one colour: rgb · a + background · (1 - a), rounded, in place.
func composite(
  _ rgb: UnsafeMutablePointer<UInt8>, alpha: UnsafePointer<UInt8>, width: Int, over background: RGB
) {
  let (red, green, blue) = (UInt32(background.red), UInt32(background.green), UInt32(background.blue))
  for x in 0..<width {
    let a = UInt32(alpha[x])
    if a == 255 { continue }
    let pixel = rgb + 3 * x
    let behind = 255 &- a
    pixel[0] = UInt8(truncatingIfNeeded: roundedBy255(UInt32(pixel[0]) &* a &+ red &* behind))
    pixel[1] = UInt8(truncatingIfNeeded: roundedBy255(UInt32(pixel[1]) &* a &+ green &* behind))
    pixel[2] = UInt8(truncatingIfNeeded: roundedBy255(UInt32(pixel[2]) &* a &+ blue &* behind))
  }
}
