/// An ICC profile as it stands in a file: a header of 128 bytes, then a table of tags.
struct ICCProfile {
  let bytes: [UInt8]

  /// True when the profile's description says that it is sRGB.
  var namesSRGB: Bool {
    let description = tag("desc")
    let name = Array("sRGB".utf8)
    // Plain in version 2, UTF-16 in version 4.
    return [name, Array(name.map { [$0, 0] }.joined().dropLast())].contains { wanted in
      description.indices.dropLast(wanted.count - 1).contains { start in
        description[start..<start + wanted.count].elementsEqual(wanted)
      }
    }
  }

  /// The bytes of a tag, at most a few hundred; none when it is missing or broken.
  private func tag(_ name: String) -> ArraySlice<UInt8> {
    guard let count = number(at: 128) else { return [] }
    for entry in 0..<min(count, 100) {
      let start = 132 + 12 * entry
      guard let offset = number(at: start + 4), let size = number(at: start + 8) else { return [] }
      guard bytes[start..<start + 4].elementsEqual(name.utf8) else { continue }
      guard offset <= bytes.count else { return [] }
      return bytes[offset...].prefix(min(size, 400))
    }
    return []
  }

  private func number(at offset: Int) -> Int? {
    guard offset + 4 <= bytes.count else { return nil }
    return bytes[offset..<offset + 4].reduce(0) { $0 << 8 | Int($1) }
  }
}
