/// The page that shows attention under the pointer: its parts are inside the binary.
package enum AttentionPage {
  /// Bytes of factors that a page may hold.
  package static let limit = 64 << 20

  /// The whole page, without anything beside it.
  ///
  /// - Parameter data: a JSON object, as it is.
  package static func html(data: String) -> String {
    let parts = [
      "/*STYLE*/": text("page.css"), "/*SCRIPT*/": text("page.js"),
      "/*DATA*/": Escaped.html(json: data),
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

  private static func text(_ name: String) -> String {
    EmbeddedFiles.bytes("tools/attention-page/\(name)").map { String(decoding: $0, as: UTF8.self) } ?? ""
  }
}
