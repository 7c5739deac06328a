import CFoveaCodecs

extension Orientation {
  /// What a file states, as Pillow's `exif_transpose` takes it: EXIF, else EXIF that a PNG holds as text, and XMP where
  /// neither has the tag. Upright for a value that is none of the eight.
  init(_ info: fovea_image_info) {
    func bytes(_ start: UnsafePointer<UInt8>?, _ count: UInt32) -> UnsafeRawBufferPointer? {
      start.map { UnsafeRawBufferPointer(start: $0, count: Int(count)) }
    }
    let exif = bytes(info.exif, info.exif_size).map { ExifOrientation.read($0) }
    let text = bytes(info.exif_text, info.exif_text_size)
    let own = exif ?? text.flatMap(Self.exif(inText:))?.withUnsafeBytes { ExifOrientation.read($0) }
    let value = own ?? bytes(info.xmp, info.xmp_size).flatMap(Self.value(inXMP:))
    self = value.flatMap(Orientation.init(rawValue:)) ?? .upright
  }

  /// The EXIF block of a "Raw profile type exif": three lines of heading, then hexadecimal digits; nil for others.
  private static func exif(inText text: UnsafeRawBufferPointer) -> [UInt8]? {
    let lines = text.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let digits = lines.dropFirst(3).joined().filter { !UInt8.whitespace.contains($0) }
    let values = digits.compactMap { Character(UnicodeScalar($0)).hexDigitValue }
    guard values.count == digits.count, values.count % 2 == 0 else { return nil }
    return stride(from: 0, to: values.count, by: 2).map { UInt8(16 * values[$0] + values[$0 + 1]) }
  }

  /// The digit behind the first `tiff:Orientation="` or `tiff:Orientation>`: an attribute, or an element.
  private static func value(inXMP packet: UnsafeRawBufferPointer) -> Int? {
    let name = Array("tiff:Orientation".utf8)
    let endings = ["=\"", ">"].map { Array($0.utf8) }
    var rest = packet[...]
    while let start = rest.firstIndex(of: name[0]) {
      rest = rest[start...]
      if rest.starts(with: name) {
        let after = rest.dropFirst(name.count)
        for ending in endings where after.starts(with: ending) {
          guard let digit = after.dropFirst(ending.count).first else { return nil }
          if (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) { return Int(digit - UInt8(ascii: "0")) }
        }
      }
      rest = rest.dropFirst()
    }
    return nil
  }
}

extension UInt8 {
  fileprivate static let whitespace: [UInt8] = [9, 10, 11, 12, 13, 32]
}
