/// Finds the orientation in an EXIF block: a TIFF header, then a directory of 12-byte entries.
enum ExifOrientation {
  private static let tag = 0x0112
  private static let short = 3
  private static let long = 4

  /// The orientation that `exif` states; upright when it states none, or is broken in any way.
  static func read(_ exif: UnsafeRawBufferPointer) -> Orientation {
    guard exif.count >= 8 else { return .upright }
    let bigEndian: Bool
    switch (exif[0], exif[1]) {
    case (UInt8(ascii: "M"), UInt8(ascii: "M")): bigEndian = true
    case (UInt8(ascii: "I"), UInt8(ascii: "I")): bigEndian = false
    default: return .upright
    }
    func number(at offset: Int, bytes: Int) -> Int? {
      guard offset >= 0, offset + bytes <= exif.count else { return nil }
      return (0..<bytes).reduce(0) { sum, i in
        sum << 8 | Int(exif[offset + (bigEndian ? i : bytes - 1 - i)])
      }
    }
    guard number(at: 2, bytes: 2) == 42, let directory = number(at: 4, bytes: 4),
      let count = number(at: directory, bytes: 2)
    else { return .upright }
    for entry in (0..<count).lazy.map({ directory + 2 + 12 * $0 }) {
      guard let found = number(at: entry, bytes: 2) else { return .upright }
      guard found == tag else { continue }
      let type = number(at: entry + 2, bytes: 2)
      let size = type == short ? 2 : type == long ? 4 : 0
      guard size > 0, let value = number(at: entry + 8, bytes: size) else { return .upright }
      return Orientation(rawValue: value) ?? .upright
    }
    return .upright
  }
}
