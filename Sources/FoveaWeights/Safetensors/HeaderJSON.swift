/// A strict reader of RFC 8259 JSON that never recurses and says at which byte it stopped.
///
/// Only what a safetensors header needs is built; anything else can be skipped, checked as strictly.
struct HeaderJSON {
  private(set) var cursor: ByteCursor
  private let depthLimit: Int

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
  private mutating func integer() throws(WeightsError) -> Int? {
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

  /// Consumes any value, keeping one bit a level of nesting.
  mutating func skipValue(depth: Int) throws(WeightsError) {
    var isObject: [Bool] = []
    repeat {
      if try !open(&isObject, depth: depth) { try skipScalar() }
      while let object = isObject.last {
        if try accept(",") {
          if object { try key() }
          break
        }
        try expect(object ? "}" : "]")
        isObject.removeLast()
      }
    } while !isObject.isEmpty
  }

  /// Enters an object or an array that is not empty, and says whether the next value is still to come.
  private mutating func open(_ isObject: inout [Bool], depth: Int) throws(WeightsError) -> Bool {
    while true {
      let start = try next()
      guard start == UInt8(ascii: "{") || start == UInt8(ascii: "[") else { return false }
      guard depth + isObject.count < depthLimit else { throw invalid("nested deeper than \(depthLimit)") }
      _ = cursor.byte()
      let object = start == UInt8(ascii: "{")
      if try accept(object ? "}" : "]") { return true }
      isObject.append(object)
      if object { try key() }
    }
  }

  private mutating func key() throws(WeightsError) {
    _ = try string()
    try expect(":")
  }

  private mutating func skipScalar() throws(WeightsError) {
    switch try next() {
    case UInt8(ascii: "\""): _ = try string()
    case UInt8(ascii: "n"): try literal("null")
    case UInt8(ascii: "t"): try literal("true")
    case UInt8(ascii: "f"): try literal("false")
    default: try skipNumber()
    }
  }

  private mutating func skipNumber() throws(WeightsError) {
    if cursor.peek == UInt8(ascii: "-") { _ = cursor.byte() }
    _ = try integer()
    if cursor.peek == UInt8(ascii: ".") {
      _ = cursor.byte()
      try skipDigits()
    }
    if let mark = cursor.peek, mark | 0x20 == UInt8(ascii: "e") {
      _ = cursor.byte()
      if let sign = cursor.peek, sign == UInt8(ascii: "+") || sign == UInt8(ascii: "-") { _ = cursor.byte() }
      try skipDigits()
    }
  }

  private mutating func skipDigits() throws(WeightsError) {
    guard isAtDigit else { throw invalid("expected a digit") }
    while isAtDigit { _ = cursor.byte() }
  }

  private var isAtDigit: Bool { cursor.peek.map { (0x30...0x39).contains($0) } ?? false }

  private mutating func skipSpace() {
    while let byte = cursor.peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      _ = cursor.byte()
    }
  }
}

extension HeaderJSON {
  /// Consumes a string: escapes are replaced, surrogates must come in pairs, control characters are refused.
  mutating func string() throws(WeightsError) -> String {
    try expect("\"")
    let start = cursor.offset
    var bytes: [UInt8] = []
    while let byte = cursor.byte() {
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: bytes, as: UTF8.self) else {
          throw invalid("text is not UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"): bytes.append(contentsOf: Array(String(try escape()).utf8))
      case 0..<0x20: throw invalid("control character in a string", at: cursor.offset - 1)
      default: bytes.append(byte)
      }
    }
    throw invalid("the header ends early")
  }

  /// Consumes what follows a backslash.
  private mutating func escape() throws(WeightsError) -> Unicode.Scalar {
    let start = cursor.offset - 1
    switch cursor.byte() {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"): return try unicodeEscape(from: start)
    default: throw invalid("unknown escape", at: start)
    }
  }

  private mutating func unicodeEscape(from start: Int) throws(WeightsError) -> Unicode.Scalar {
    let first = try hexadecimal(from: start)
    if let scalar = Unicode.Scalar(first) { return scalar }
    guard first < 0xDC00, cursor.byte() == UInt8(ascii: "\\"), cursor.byte() == UInt8(ascii: "u") else {
      throw invalid("half of a surrogate pair", at: start)
    }
    let second = try hexadecimal(from: start)
    guard (0xDC00..<0xE000).contains(second),
      let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
    else { throw invalid("half of a surrogate pair", at: start) }
    return scalar
  }

  private mutating func hexadecimal(from start: Int) throws(WeightsError) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = cursor.byte(), let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw invalid("expected four hexadecimal digits", at: start)
      }
      value = value << 4 | UInt32(digit)
    }
    return value
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
