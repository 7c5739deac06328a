/// A zip archive of stored members that a test takes apart, changes and packs again, written independently
/// of the reader under test.
struct StoredArchive {
  private var members: [(name: [UInt8], data: [UInt8])] = []

  /// Takes apart an archive that is intact.
  init(reading bytes: [UInt8]) {
    var place = Self.integer(bytes, at: bytes.count - 6)
    for _ in 0..<Self.integer(bytes, at: bytes.count - 12) & 0xFFFF {
      let size = Self.integer(bytes, at: place + 24)
      let lengths = Self.integer(bytes, at: place + 28)
      let header = Self.integer(bytes, at: place + 42)
      let local = Self.integer(bytes, at: header + 26)
      let data = header + 30 + local & 0xFFFF + local >> 16
      let name = place + 46..<place + 46 + lengths & 0xFFFF
      members.append((Array(bytes[name]), Array(bytes[data..<data + size])))
      place += 46 + lengths & 0xFFFF + lengths >> 16
    }
  }

  /// Changes the member whose path ends in `name`.
  mutating func replace(_ name: String, by change: ([UInt8]) -> [UInt8]) {
    for index in members.indices where String(decoding: members[index].name, as: UTF8.self).hasSuffix(name) {
      members[index].data = change(members[index].data)
    }
  }

  /// The archive with true sizes and checksums.
  func bytes() -> [UInt8] {
    var (result, directory) = ([UInt8](), [UInt8]())
    for (name, data) in members {
      let start = result.count
      let common =
        [20, 0, 0, 0, 0, 0, 0, 0, 0, 0] + Self.four(Self.checksum(data)) + Self.four(data.count)
        + Self.four(data.count) + [UInt8(name.count), 0, 0, 0]
      result += [0x50, 0x4B, 3, 4] + common + name + data
      let attributes = [UInt8](repeating: 0, count: 10)
      directory += [0x50, 0x4B, 1, 2, 20, 0] + common + attributes + Self.four(start) + name
    }
    let count = [UInt8(members.count), 0]
    return result + directory + [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + count + Self.four(directory.count)
      + Self.four(result.count) + [0, 0]
  }

  private static func integer(_ bytes: [UInt8], at place: Int) -> Int {
    (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) }
  }

  private static func four(_ value: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
  }

  /// The checksum bit by bit.
  private static func checksum(_ bytes: [UInt8]) -> Int {
    var state: UInt32 = ~0
    for byte in bytes {
      state ^= UInt32(byte)
      for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0xEDB8_8320 : state >> 1 }
    }
    return Int(~state)
  }
}
