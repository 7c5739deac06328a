import Foundation
import Testing

@Suite("Counts of bytes")
struct ByteCountTests {
  /// A picture of one pixel in a file of so many bytes; what follows a picture's end is left alone.
  private func picture(bytes count: Int) throws -> Data {
    let text =
      "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    let pixel = try #require(Data(base64Encoded: text))
    return pixel + Data(count: count - pixel.count)
  }

  @Test("K is 1024 bytes, as is KiB, and a count is the last that passes")
  func units() throws {
    let scratch = try Scratch()
    for (count, status) in [(1001, 0), (1024, 0), (1025, 75)] {
      try scratch.file("x.png", picture(bytes: count))
      for limit in ["1K", "1KiB", "1kb", "1024"] {
        let outcome = try FoveaProcess.run(
          ["explain-input", scratch.path("x.png"), "--raw", "--max-file-size", limit])
        #expect(outcome.status == status, "\(count) bytes of \(limit): \(outcome.messages)")
      }
    }
  }
}
