/// Text from outside (names of files, models and classes, a file's own words) made safe for where it is shown: one
/// way for terminals, one for JSON, one for HTML.
///
/// What moves the text around it, or cannot be seen, becomes an escape: control characters, line and paragraph
/// separators, and marks of direction and format.
package enum Escaped {
  /// A text on one line of a terminal: "a\nb" with a backslash and an n, other unsafe characters as \u{202e}. O(n).
  package static func line(_ text: String) -> String {
    if text.utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return text }
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isUnsafe(scalar): result += "\\u{\(String(scalar.value, radix: 16))}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }

  /// A name that is not UTF-8, its stray bytes as \xE9. O(n).
  package static func bytes(_ bytes: [UInt8]) -> String {
    var result = ""
    var start = 0
    while start < bytes.count {
      let next = (1...4).lazy.compactMap { length in
        String(validating: bytes[start..<min(start + length, bytes.count)], as: UTF8.self)
      }.first
      if let next {
        result += next
        start += next.utf8.count
      } else {
        result += "\\x" + (bytes[start] < 16 ? "0" : "") + String(bytes[start], radix: 16, uppercase: true)
        start += 1
      }
    }
    return result
  }

  /// A text as a JSON string, with its quotes; unsafe characters as \u202e, in pairs past U+FFFF. O(n).
  package static func json(_ text: String) -> String {
    // a page's factors are megabytes of plain letters
    if text.utf8.allSatisfy({
      (0x20..<0x7f).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
    }) {
      return "\"\(text)\""
    }
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "\r": result += "\\r"
      case "\t": result += "\\t"
      case _ where isUnsafe(scalar): result += units(scalar)
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  /// A JSON text that another encoder wrote, with unsafe characters in its strings as escapes, which means the same.
  /// O(n).
  package static func json(text: some Sequence<UInt8>) -> [UInt8] {
    var result = ""
    for scalar in String(decoding: Array(text), as: UTF8.self).unicodeScalars {
      if scalar != "\n", isUnsafe(scalar) {
        result += units(scalar)
      } else {
        result.unicodeScalars.append(scalar)
      }
    }
    return Array(result.utf8)
  }

  /// A JSON text that stands in a script of an HTML page, where "<" could end or swallow it: it becomes \u003c,
  /// which means the same, since in JSON it stands in strings alone. O(n).
  package static func html(json: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(json.utf8.count)
    for byte in json.utf8 {
      if byte == UInt8(ascii: "<") { bytes += "\\u003c".utf8 } else { bytes.append(byte) }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// A scalar as JSON escapes it.
  private static func units(_ scalar: Unicode.Scalar) -> String {
    (Unicode.UTF16.encode(scalar).map(Array.init) ?? []).map { unit in
      let digits = String(unit, radix: 16)
      return "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }.joined()
  }

  private static func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator: true
    default: false
    }
  }
}
