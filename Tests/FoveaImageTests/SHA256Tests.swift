import FoveaImage
import Testing

private func digest(_ bytes: [UInt8], pieces: Int) -> String {
  var digest = SHA256()
  for start in stride(from: 0, to: bytes.count, by: pieces) {
    bytes[start..<min(start + pieces, bytes.count)].withUnsafeBytes { digest.update($0) }
  }
  return digest.hexadecimal()
}

@Suite struct SHA256Tests {
  @Test func theStandardsExamplesHaveTheirDigests() {
    func expect(_ text: String, _ digits: String) {
      #expect(digest(Array(text.utf8), pieces: 4096) == digits)
    }
    expect("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
    expect("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    expect(
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1")
    expect(
      String(repeating: "a", count: 1_000_000),
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0")
  }

  @Test func theDigestDoesNotDependOnThePieces() {
    let bytes = (0..<300).map { UInt8(truncatingIfNeeded: $0 * 7) }
    for length in [0, 1, 55, 56, 63, 64, 65, 119, 120, 128, 300] {
      let message = Array(bytes.prefix(length))
      let whole = digest(message, pieces: 1000)
      for pieces in [1, 3, 63, 64, 65] { #expect(digest(message, pieces: pieces) == whole, "\(length)") }
    }
  }
}
