// What stands in the file.
extension PickleReader {
  mutating func integer<Value: FixedWidthInteger>(_ type: Value.Type) throws(WeightsError) -> Value {
    guard let value = cursor.integer(type) else { throw damaged("it ends early") }
    return value
  }

  mutating func text(byteCount: Int) throws(WeightsError) -> String {
    try checkLength(byteCount)
    guard let text = cursor.text(byteCount) else { throw damaged("text is not UTF-8") }
    return text
  }

  mutating func line() throws(WeightsError) -> String {
    guard let line = cursor.line() else { throw damaged("a line is missing or not UTF-8") }
    return line
  }

  mutating func decimalLine() throws(WeightsError) -> Int {
    guard let value = Int(try line()), value >= 0 else { throw damaged("expected a number") }
    return value
  }

  mutating func pushBytes(count: Int) throws(WeightsError) {
    try checkLength(count)
    _ = cursor.take(count)
    try push(.inert)
  }

  private func checkLength(_ byteCount: Int) throws(WeightsError) {
    guard byteCount <= cursor.remaining else { throw damaged("it ends early") }
    guard byteCount <= limits.pickleBytes else {
      throw .overLimit(.pickleBytes, value: byteCount, limit: limits.pickleBytes)
    }
  }

  /// A little-endian two's-complement integer; only the magic number of old files is past 64 bits.
  mutating func wideInteger(byteCount: Int) throws(WeightsError) -> PickleValue {
    guard byteCount <= 16 else { throw damaged("an integer of \(byteCount) bytes") }
    guard let bytes = cursor.take(byteCount) else { throw damaged("it ends early") }
    guard byteCount <= 8 else { return .wideInteger(Array(bytes)) }
    let isNegative = (bytes.last ?? 0) & 0x80 != 0
    let value = bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) }
    return .integer(value)
  }
}
