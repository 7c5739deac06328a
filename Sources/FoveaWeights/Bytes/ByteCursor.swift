/// A position in bytes that moves forward and never past the end: every read answers `nil` when bytes are missing.
struct ByteCursor {
  let bytes: UnsafeRawBufferPointer
  private(set) var offset: Int

  init(_ bytes: UnsafeRawBufferPointer, at offset: Int = 0) {
    precondition(offset >= 0 && offset <= bytes.count, "cursor at \(offset) of \(bytes.count) bytes")
    self.bytes = bytes
    self.offset = offset
  }

  /// The bytes that are left.
  var remaining: Int { bytes.count - offset }

  /// The next byte, which is not consumed.
  var peek: UInt8? { offset < bytes.count ? bytes[offset] : nil }

  /// Consumes one byte.
  mutating func byte() -> UInt8? {
    guard offset < bytes.count else { return nil }
    defer { offset += 1 }
    return bytes[offset]
  }

  /// Consumes a little-endian integer.
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) -> Value? {
    let size = MemoryLayout<Value>.size
    guard remaining >= size else { return nil }
    defer { offset += size }
    return Value(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Value.self))
  }

  /// Consumes `count` bytes.
  mutating func take(_ count: Int) -> UnsafeRawBufferPointer? {
    guard count >= 0, count <= remaining else { return nil }
    defer { offset += count }
    return UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
  }

  /// Consumes the bytes up to the first that is not `accepted`.
  mutating func run(while accepted: (UInt8) -> Bool) -> UnsafeRawBufferPointer {
    let start = offset
    while offset < bytes.count, accepted(bytes[offset]) { offset += 1 }
    return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
  }

  /// Consumes `count` bytes of valid UTF-8.
  mutating func text(_ count: Int) -> String? {
    take(count).flatMap { String(validating: $0, as: UTF8.self) }
  }

  /// Consumes bytes up to a newline, and the newline, as valid UTF-8 without it.
  mutating func line() -> String? {
    guard let end = bytes[offset...].firstIndex(of: 0x0A) else { return nil }
    let text = text(end - offset)
    if text != nil { offset += 1 }
    return text
  }
}
