import Fovea
import Foundation
import Testing

@Suite("Text from outside is made safe for where it is shown")
struct EscapedTests {
  /// Every scalar that moves text or hides, and some that do not.
  private static let hostile =
    "\u{0}\u{7}\u{1b}[31m\u{7f}\u{80}\u{9b}2J\u{85}\u{ad}\u{200b}\u{200e}\u{2028}\u{2029}\u{202e}\u{2066}\u{feff}"
    + "\u{e0001}\n\r\t\"\\</script><!--<script>é漢🙂e\u{301}"

  private func isUnsafe(_ scalar: Unicode.Scalar) -> Bool {
    [.control, .format, .lineSeparator, .paragraphSeparator].contains(scalar.properties.generalCategory)
  }

  @Test("a line for a terminal has no character that moves it, and keeps the rest")
  func line() {
    let line = Escaped.line(Self.hostile)
    #expect(!line.unicodeScalars.contains(where: isUnsafe))
    #expect(line.hasPrefix("\\u{0}\\u{7}\\u{1b}[31m\\u{7f}\\u{80}\\u{9b}2J"))
    #expect(line.hasSuffix("\\n\\r\\t\"\\</script><!--<script>é漢🙂e\u{301}"))
    #expect(Escaped.line("plain") == "plain")
  }

  @Test("a JSON string has none either, and reads back as it was, alone and in a page")
  func json() throws {
    let json = Escaped.json(Self.hostile)
    #expect(!json.unicodeScalars.contains(where: isUnsafe))
    let page = Escaped.html(json: json)
    #expect(!page.contains("<") && page.contains("\\u003c/script>\\u003c!--\\u003cscript>"))
    for text in [json, page] {
      #expect(try JSONDecoder().decode(String.self, from: Data(text.utf8)) == Self.hostile)
    }
    #expect(Escaped.json("\u{e0001}") == "\"\\udb40\\udc01\"")
  }

  @Test("stray bytes of a name are told one by one, and the rest is kept")
  func bytes() {
    #expect(Escaped.bytes([0x61, 0xe9, 0xc3, 0xa9, 0xff, 0x0a, 0xf0, 0x9f]) == "a\\xE9é\\xFF\n\\xF0\\x9F")
  }
}
