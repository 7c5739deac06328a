extension HeaderJSON {
  /// Consumes a string: escapes are replaced, surrogates must come in pairs, control characters are refused.
  mutating func string() throws(WeightsError) -> String {
    try expect("\"")
    let start = cursor.offset
    var bytes: [UInt8] = []
    while true {
      let run = cursor.run { $0 >= 0x20 && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
      switch cursor.byte() {
      case UInt8(ascii: "\""):
        let text = bytes.isEmpty ? text(run) : text(bytes + run)
        guard let text else { throw invalid("text is not UTF-8", at: start) }
        return text
      case UInt8(ascii: "\\"):
        bytes += run
        bytes += Array(String(try escape()).utf8)
      case nil: throw invalid("the header ends early")
      default: throw invalid("control character in a string", at: cursor.offset - 1)
      }
    }
  }

  private func text(_ bytes: some Collection<UInt8>) -> String? {
    String(validating: bytes, as: UTF8.self)
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
