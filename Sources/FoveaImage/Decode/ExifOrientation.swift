/// Finds the orientation in an EXIF block: a TIFF header, then a directory of 12-byte entries.
enum ExifOrientation {
  private static let tag = 0x0112
  /// Bytes of a value, by its type's number: bytes, text, 16, 32 bits, fractions ...
  private static let sizes = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4]
  /// Whole numbers of 8 bits with sign, of 16 and 32 with and without.
  private static let numbers = [3, 4, 6, 8, 9, 13]

  /// The value that `exif` states, which may be none of 1...8; 0 for one that is no number. Nil when it states none,
  /// or is broken in any way.
  static func read(_ exif: UnsafeRawBufferPointer) -> Int? {
    let exif = withoutPrefix(exif)
    guard exif.count >= 8 else { return nil }
    let bigEndian: Bool
    switch (exif[0], exif[1]) {
    case (UInt8(ascii: "M"), UInt8(ascii: "M")): bigEndian = true
    case (UInt8(ascii: "I"), UInt8(ascii: "I")): bigEndian = false
    default: return nil
    }
    func number(at offset: Int, bytes: Int) -> Int? {
      guard offset >= 0, offset + bytes <= exif.count else { return nil }
      return (0..<bytes).reduce(0) { sum, i in
        sum << 8 | Int(exif[offset + (bigEndian ? i : bytes - 1 - i)])
      }
    }
    guard let version = number(at: 2, bytes: 2), version == 42 || version == 42 << 8,
      let directory = number(at: 4, bytes: 4), let count = number(at: directory, bytes: 2)
    else { return nil }
    for entry in (0..<count).lazy.map({ directory + 2 + 12 * $0 }) {
      guard let found = number(at: entry, bytes: 2), let type = number(at: entry + 2, bytes: 2),
        let values = number(at: entry + 4, bytes: 4), number(at: entry + 8, bytes: 4) != nil
      else { return nil }
      guard found == tag, sizes.indices.contains(type), values > 0 else { continue }
      let size = sizes[type]
      let place = size * values > 4 ? number(at: entry + 8, bytes: 4) : entry + 8
      guard size > 0, let place, place + size * values <= exif.count else { continue }
      return numbers.contains(type) ? number(at: place, bytes: size) : 0
    }
    return nil
  }

  /// The block without "Exif" and two zeros before it, which eXIf chunks should not have but do.
  private static func withoutPrefix(_ exif: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
    let prefix = Array("Exif\0\0".utf8)
    var rest = exif
    for _ in 0..<2 where rest.starts(with: prefix) {
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(prefix.count))
    }
    return rest
  }
}
