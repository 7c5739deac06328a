/// A strict reader of RFC 8259 JSON that never recurses and says at which byte it stopped.
///
/// Only what a safetensors header needs is built; anything else can be skipped, checked as strictly.
struct HeaderJSON {
  var cursor: ByteCursor
  let depthLimit: Int

  init(_ bytes: UnsafeRawBufferPointer, depthLimit: Int) {
    cursor = ByteCursor(bytes)
    self.depthLimit = depthLimit
  }

  /// The error that the text is wrong here.
  func invalid(_ reason: String, at byte: Int? = nil) -> WeightsError {
    .invalidHeaderJSON(byte: byte ?? cursor.offset, reason: reason)
  }

  /// The first byte after white space, not consumed.
  mutating func next() throws(WeightsError) -> UInt8 {
    skipSpace()
    guard let byte = cursor.peek else { throw invalid("the header ends early") }
    return byte
  }

  /// Consumes white space and then `character`.
  mutating func expect(_ character: Unicode.Scalar) throws(WeightsError) {
    guard try next() == UInt8(ascii: character) else { throw invalid("expected \(character)") }
    _ = cursor.byte()
  }

  /// Consumes `character` if it comes next, and says whether it did.
  mutating func accept(_ character: Unicode.Scalar) throws(WeightsError) -> Bool {
    guard try next() == UInt8(ascii: character) else { return false }
    _ = cursor.byte()
    return true
  }

  /// Consumes the white space at the end; anything else is refused.
  mutating func finish() throws(WeightsError) {
    skipSpace()
    guard cursor.remaining == 0 else { throw invalid("text after the header's object") }
  }

  /// Consumes an object, calling `member` at each value with its key.
  mutating func object(
    _ member: (inout HeaderJSON, String) throws(WeightsError) -> Void
  ) throws(WeightsError) {
    try expect("{")
    if try accept("}") { return }
    repeat {
      let key = try string()
      try expect(":")
      try member(&self, key)
    } while try accept(",")
    try expect("}")
  }

  /// Consumes an array of non-negative integers; `nil` where one of them leaves `Int`.
  mutating func integers(atMost limit: Int) throws(WeightsError) -> [Int]? {
    try expect("[")
    if try accept("]") { return [] }
    var (values, overflowed) = ([Int](), false)
    repeat {
      let value = try integer()
      overflowed = overflowed || value == nil
      values.append(value ?? 0)
      if values.count > limit { break }
    } while try accept(",")
    if values.count <= limit { try expect("]") }
    return overflowed ? nil : values
  }

  /// Consumes a non-negative integer; `nil` where it leaves `Int`.
  mutating func integer() throws(WeightsError) -> Int? {
    guard case 0x30...0x39 = try next() else { throw invalid("expected a whole number") }
    if cursor.peek == UInt8(ascii: "0") {
      _ = cursor.byte()
      if isAtDigit { throw invalid("number with a leading zero") }
      return 0
    }
    var value: Int? = 0
    while isAtDigit, let digit = cursor.byte() {
      value = value.flatMap { $0.appending(digit: Int(digit) - 0x30) }
    }
    return value
  }

  /// Consumes `word`, which is `null`, `true` or `false`.
  mutating func literal(_ word: StaticString) throws(WeightsError) {
    let start = cursor.offset
    let matches = cursor.take(word.utf8CodeUnitCount).map { taken in
      taken.elementsEqual(UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
    }
    guard matches == true else { throw invalid("expected a value", at: start) }
  }

  /// Whether a digit comes next.
  var isAtDigit: Bool { cursor.peek.map { (0x30...0x39).contains($0) } ?? false }

  private mutating func skipSpace() {
    while let byte = cursor.peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      _ = cursor.byte()
    }
  }
}

extension Int {
  /// Ten times this and `digit`, or `nil` where that leaves `Int`.
  fileprivate func appending(digit: Int) -> Int? {
    let (tens, tooLarge) = multipliedReportingOverflow(by: 10)
    let (sum, overflow) = tens.addingReportingOverflow(digit)
    return tooLarge || overflow ? nil : sum
  }
}
