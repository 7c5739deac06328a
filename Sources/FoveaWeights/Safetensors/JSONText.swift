/// Questions about a JSON text that a decoder does not answer.
package enum JSONText {
  /// The dotted path of the first key that stands twice in one object; nil where none does, or the text is no JSON.
  ///
  /// O(bytes); what is nested deeper than 64 is not looked at.
  package static func repeatedKey(_ text: UnsafeRawBufferPointer) -> String? {
    var reader = HeaderJSON(text, depthLimit: 64)
    return try? reader.repeatedKey(under: "", depth: 0)
  }
}

extension HeaderJSON {
  /// Consumes a value, and gives the path of the first key in it that stands twice.
  fileprivate mutating func repeatedKey(under path: String, depth: Int) throws(WeightsError) -> String? {
    guard depth < depthLimit else { throw invalid("nested deeper than \(depthLimit)") }
    var found: String?
    switch try next() {
    case UInt8(ascii: "{"):
      var keys: Set<String> = []
      try object { (reader, key) throws(WeightsError) in
        let dotted = path.isEmpty ? key : "\(path).\(key)"
        if !keys.insert(key).inserted { found = found ?? dotted }
        let inner = try reader.repeatedKey(under: dotted, depth: depth + 1)
        found = found ?? inner
      }
    case UInt8(ascii: "["):
      try expect("[")
      if try accept("]") { return nil }
      var index = 0
      repeat {
        let inner = try repeatedKey(under: "\(path).\(index)", depth: depth + 1)
        found = found ?? inner
        index += 1
      } while try accept(",")
      try expect("]")
    default: try skipValue(depth: depth)
    }
    return found
  }
}
