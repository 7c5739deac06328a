import FoveaImage
import Testing

/// Files made here, of kinds that the corpora lack.
@Suite struct MadeFileTests {
  private func refusal(_ bytes: [UInt8], _ options: DecodingOptions = .init()) -> ImageError? {
    imageError { () throws(ImageError) in _ = try DecodedImage(.bytes(bytes), options: options) }
  }

  private func png() throws -> [UInt8] { try PNGEncoder.bytes(noise(9, 7)) }

  private func jpeg() throws -> [UInt8] { try corpusBytes("jpeg_ok/wuffs/peacock.default.jpeg") }

  /// The offset of a marker's 0xFF in a JPEG.
  private func offset(of marker: UInt8, in bytes: [UInt8]) throws -> Int {
    try #require(bytes.indices.dropLast().first { bytes[$0] == 0xFF && bytes[$0 + 1] == marker })
  }

  @Test(arguments: [
    ("GIF89a..........", "GIF"), ("<!DOCTYPE html><html>", "HTML or XML"), ("PK\u{3}\u{4}aaaaaaaaa", "zip"),
    ("version https://git-lfs.github.com/spec/v1", "a Git LFS pointer"), ("BM6......", "BMP"),
    ("some text that is nothing", nil),
  ])
  func `other formats are refused by content and named when known`(text: String, name: String?) {
    #expect(refusal(Array(text.utf8)) == .unrecognized(looksLike: name))
  }

  @Test func `Apple's CgBI variant is named`() throws {
    let bytes = try png()
    let chunk: [UInt8] = [0, 0, 0, 4] + Array("CgBI".utf8) + [0x50, 0, 0x20, 2, 0x2B, 0xD5, 0xB3, 0x7F]
    let error = refusal(Array(bytes.prefix(8)) + chunk + Array(bytes.dropFirst(8)))
    #expect(error?.description == "Apple CgBI PNG is not supported")
    #expect(error?.exitStatus == 69)
  }

  @Test func `a JPEG of tables only contains no image`() throws {
    let bytes = try jpeg()
    let tables = Array(bytes.prefix(try offset(of: 0xC0, in: bytes))) + [0xFF, 0xD9]
    #expect(refusal(tables) == .noImage)
  }

  @Test(arguments: [
    (0xC3, "lossless JPEG"), (0xC7, "lossless JPEG"), (0xC5, "hierarchical JPEG"),
  ])
  func `frames that are not decoded are named`(marker: Int, name: String) throws {
    var bytes = try jpeg()
    bytes[try offset(of: 0xC0, in: bytes) + 1] = UInt8(marker)
    #expect(refusal(bytes) == .unsupported(feature: name))
  }

  @Test func `a height of 0, left to a DNL marker, is named`() throws {
    var bytes = try jpeg()
    let frame = try offset(of: 0xC0, in: bytes)
    bytes[frame + 5] = 0
    bytes[frame + 6] = 0
    #expect(refusal(bytes) == .unsupported(feature: "height given by DNL"))
  }

  @Test func `a hundred warnings pass, one more is damage`() throws {
    let bytes = try jpeg()
    let start = try offset(of: 0xDB, in: bytes)
    // Junk before a marker is one warning; here before each of many empty comments.
    let comment: [UInt8] = [0, 0xFF, 0xFE, 0, 2]
    func file(_ count: Int) -> [UInt8] {
      Array(bytes[..<start]) + Array(repeatElement(comment, count: count).joined()) + Array(bytes[start...])
    }
    #expect(try DecodedImage(.bytes(file(100))).warnings.first?.hasPrefix("100 warnings") == true)
    guard case .tooManyWarnings(100, let first)? = refusal(file(101)) else {
      Issue.record("101 warnings were let pass")
      return
    }
    #expect(first.contains("extraneous bytes"))
  }

  @Test func `image data that goes back further than its zlib header says is read`() throws {
    let row = noise(300, 1).pixels
    let picture = Image(width: 300, height: 20, pixels: (0..<20).flatMap { _ in row })
    let bytes = try PNGEncoder.bytes(picture)
    let length = bytes[33..<37].reduce(0) { $0 << 8 | Int($1) }
    var data = Array(bytes[41..<41 + length])
    #expect(data[0] == 0x78)
    (data[0], data[1]) = (0x08, 0x1D)  // a window of 256 bytes; a row has 900
    let small = Array(bytes[..<33]) + pngChunk("IDAT", data) + Array(bytes[(33 + length + 12)...])
    let decoded = try DecodedImage(.bytes(small))
    #expect(decoded.image == picture && decoded.warnings == [])
  }

  @Test func `two runs of image data are refused`() throws {
    let bytes = try png()
    let end = Array(bytes.suffix(12))
    // A text chunk and the file's own image data once more.
    let data = Array(bytes[33..<bytes.count - 12])
    let text: [UInt8] = [0, 0, 0, 1] + Array("tEXtA".utf8) + [0, 0, 0, 0]
    #expect(refusal(Array(bytes.dropLast(12)) + text + data + end) != nil)
  }

  @Test func `what follows the end of an image is left alone`() throws {
    let trailing = [UInt8](repeating: 0xAB, count: 1000)
    #expect(try DecodedImage(.bytes(try png() + trailing)).image == noise(9, 7))
    #expect(try DecodedImage(.bytes(try jpeg() + trailing)).warnings == [])
  }
}
