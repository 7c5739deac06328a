/// The page that shows attention under the pointer: its parts are inside the binary.
package enum AttentionPage {
  /// Bytes of factors that a page may hold.
  package static let limit = 64 << 20

  /// The whole page, without anything beside it.
  ///
  /// - Parameter data: a JSON object; it stands in a script, so "</" is broken up.
  package static func html(data: String) -> String {
    let parts = [
      "/*STYLE*/": text("page.css"), "/*SCRIPT*/": text("page.js"),
      "/*DATA*/": unclosing(data),
    ]
    // the page is cut at its marks, so that nothing inside a part is taken for one
    var rest = Substring(text("page.html"))
    var page = ""
    while let mark = parts.keys.compactMap({ rest.firstRange(of: $0) }).min(by: {
      $0.lowerBound < $1.lowerBound
    }) {
      page += rest[..<mark.lowerBound] + (parts[String(rest[mark])] ?? "")
      rest = rest[mark.upperBound...]
    }
    return page + rest
  }

  /// The text with a backslash inside every "</".
  private static func unclosing(_ text: String) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if byte == UInt8(ascii: "/"), bytes.last == UInt8(ascii: "<") { bytes.append(UInt8(ascii: "\\")) }
      bytes.append(byte)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  private static func text(_ name: String) -> String {
    EmbeddedFiles.bytes("tools/attention-page/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
