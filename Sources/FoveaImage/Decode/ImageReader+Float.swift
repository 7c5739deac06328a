extension ImageReader {
  /// True when the samples have 16 bits and the options keep them: rows are then to be read as float32.
  public var keeps16Bits: Bool { options.keep16Bits && !options.pilParity && conversion.isWide }

  /// Decodes the next row like the other `readRow`, into `width * 3` samples R, G, B in 0...255 as float32: 16 bits
  /// by 257 and not rounded, whatever the options; 8 bits as they are.
  /// Throws `ImageError` for damage. Traps when called more than `header.height` times.
  public func readRow(into rgb: UnsafeMutableBufferPointer<Float>) throws(ImageError) {
    let count = header.width * 3
    precondition(rgb.count >= count, "readRow: needs \(count) samples, got \(rgb.count)")
    guard let start = rgb.baseAddress else { return }
    guard conversion.isWide, !options.pilParity else {
      let bytes = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: count)
      defer { bytes.deallocate() }
      try readRow(into: bytes)
      for i in 0..<count { start[i] = Float(bytes[i]) }
      return
    }
    if try decode(into: row) {
      let managed = color.managed(row, width: header.width)
      conversion.convert(managed, width: header.width, rgb: start, over: options.background)
      if options.greyscale { Luminance.replace(start, width: header.width) }
      return
    }
    let (red, green, blue) = (options.background.red, options.background.green, options.background.blue)
    for x in 0..<header.width {
      (start[3 * x], start[3 * x + 1], start[3 * x + 2]) = (Float(red), Float(green), Float(blue))
    }
  }
}
