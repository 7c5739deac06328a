extension HeaderJSON {
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
}
