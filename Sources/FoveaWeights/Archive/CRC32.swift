/// The cyclic redundancy check of zip (reflected polynomial 0xEDB88320), eight bytes at a step.
struct CRC32 {
  /// `tables[256·k + b]` is what byte `b` becomes after `k` more zero bytes.
  private static let tables: [UInt32] = {
    var tables = [UInt32](repeating: 0, count: 8 * 256)
    for byte in 0..<256 {
      tables[byte] = (0..<8).reduce(UInt32(byte)) { value, _ in
        value & 1 == 1 ? value >> 1 ^ 0xEDB8_8320 : value >> 1
      }
    }
    for position in 256..<8 * 256 {
      let previous = tables[position - 256]
      tables[position] = previous >> 8 ^ tables[Int(previous & 0xFF)]
    }
    return tables
  }()

  private var state = ~UInt32(0)

  /// The checksum of what was taken in so far.
  var checksum: UInt32 { ~state }

  /// Takes in the bytes that follow.
  ///
  /// - Complexity: O(bytes), near 2 GB/s.
  mutating func update(_ bytes: UnsafeRawBufferPointer) {
    state = Self.tables.withUnsafeBufferPointer { [state] tables in
      var state = state
      let steps = bytes.count / 8
      for step in 0..<steps {
        let word = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: step * 8, as: UInt64.self))
        let mixed = word ^ UInt64(state)
        state =
          tables[1792 + Int(mixed & 0xFF)] ^ tables[1536 + Int(mixed >> 8 & 0xFF)]
          ^ tables[1280 + Int(mixed >> 16 & 0xFF)] ^ tables[1024 + Int(mixed >> 24 & 0xFF)]
          ^ tables[768 + Int(mixed >> 32 & 0xFF)] ^ tables[512 + Int(mixed >> 40 & 0xFF)]
          ^ tables[256 + Int(mixed >> 48 & 0xFF)] ^ tables[Int(mixed >> 56)]
      }
      for byte in bytes[(steps * 8)...] {
        state = state >> 8 ^ tables[Int(UInt8(truncatingIfNeeded: state) ^ byte)]
      }
      return state
    }
  }

  /// The checksum of a range of a file.
  static func checksum(of range: Range<Int>, in bytes: WeightBytes) throws(WeightsError) -> UInt32 {
    var sum = CRC32()
    try bytes.forEachPiece(of: range) { _, piece in sum.update(piece) }
    return sum.checksum
  }
}
