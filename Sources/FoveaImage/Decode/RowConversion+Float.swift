import CFoveaCodecs

extension RowConversion {
  /// Converts `width` pixels of 16 bits and loses none: `row` (big-endian pairs) → `rgb`, 3 samples a pixel,
  /// v / 257 in 0...255. Alpha, where there is any, is laid over `background`: rgb · a + background · (1 - a).
  func convert(
    _ row: UnsafePointer<UInt8>, width: Int, rgb: UnsafeMutablePointer<Float>, over background: RGB
  ) {
    precondition(isWide, "RowConversion: only rows of 16 bits are kept")
    let step = isGrey ? 0 : 1
    let channels = (isGrey ? 1 : 3) + (hasAlpha ? 1 : 0)
    for x in 0..<width {
      let start = channels * x
      rgb[3 * x] = sample(row, start)
      rgb[3 * x + 1] = sample(row, start + step)
      rgb[3 * x + 2] = sample(row, start + 2 * step)
      guard hasAlpha else { continue }
      let alpha = sample(row, start + channels - 1) / 255
      rgb[3 * x] = rgb[3 * x] * alpha + Float(background.red) * (1 - alpha)
      rgb[3 * x + 1] = rgb[3 * x + 1] * alpha + Float(background.green) * (1 - alpha)
      rgb[3 * x + 2] = rgb[3 * x + 2] * alpha + Float(background.blue) * (1 - alpha)
    }
  }

  @inline(__always) private func sample(_ row: UnsafePointer<UInt8>, _ index: Int) -> Float {
    Float(UInt16(row[2 * index]) << 8 | UInt16(row[2 * index + 1])) / 257
  }
}
