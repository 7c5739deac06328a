import FoveaImage
import Foundation
import FoveaTestSupport
import Testing

@Suite struct TruncationTests {
  /// Forty small files: every second of PngSuite's plain ones, and JPEGs of all kinds.
  private func files() throws -> [String] {
    let suite = try FileManager.default.contentsOfDirectory(
      atPath: fixtures.appending(path: "corpora/pngsuite").path)
    let pngs = suite.sorted().filter { $0.hasPrefix("bas") || $0.hasPrefix("t") }.prefix(33)
    let jpegs = [
      "jpeg_ok/wuffs/mona-lisa.21x32.q50.jpeg", "jpeg_ok/wuffs/peacock.progressive.jpeg",
      "jpeg_ok/wuffs/peacock.grayscale.jpeg", "jpeg_ok/wuffs/peacock.q30.jpeg",
      "jpeg_ok/wuffs/hippopotamus.jpeg", "jpeg_ok/wuffs/pjw-thumbnail.jpeg",
      "jpeg_ok/jpeg_decoder_icc/icc_chunk_order.jpeg",
    ]
    return pngs.map { "pngsuite/\($0)" } + jpegs
  }

  /// One past the last byte of the image: behind IEND's checksum, or behind the end marker.
  private func end(of bytes: [UInt8]) throws -> Int {
    if bytes[0] == 0x89 {
      let name = Array("IEND".utf8)
      return try #require(bytes.indices.dropLast(7).first { Array(bytes[$0..<$0 + 4]) == name }) + 8
    }
    return try #require(bytes.indices.dropLast().last { bytes[$0] == 0xFF && bytes[$0 + 1] == 0xD9 }) + 2
  }

  @Test func `forty files cut at every byte are never accepted before their end`() throws {
    let files = try files()
    #expect(files.count == 40)
    for path in files {
      let bytes = try corpusBytes(path)
      let end = try end(of: bytes)
      #expect(imageError { () throws(ImageError) in _ = try DecodedImage(.bytes(bytes)) } == nil, "\(path)")
      for count in 0..<end {
        let cut = ImageSource.bytes(Array(bytes[..<count]))
        let error = imageError { () throws(ImageError) in _ = try DecodedImage(cut) }
        if error == nil { Issue.record("\(path) cut at \(count) of \(end) bytes was accepted") }
      }
    }
  }

  @Test func `every flipped bit of a critical chunk is refused`() throws {
    for path in ["basn0g01", "basn2c08", "basn3p04", "basi6a08", "tbbn3p08"] {
      let bytes = try corpusBytes("pngsuite/\(path).png")
      for range in criticalChunks(bytes) {
        for bit in range.lowerBound * 8..<range.upperBound * 8 {
          var flipped = bytes
          flipped[bit / 8] ^= 1 << UInt8(bit % 8)
          let error = imageError { () throws(ImageError) in _ = try DecodedImage(.bytes(flipped)) }
          if error == nil { Issue.record("\(path): bit \(bit % 8) of byte \(bit / 8) was accepted flipped") }
        }
      }
    }
  }

  /// Where the chunks whose names begin with a capital stand, from their length to their checksum.
  private func criticalChunks(_ bytes: [UInt8]) -> [Range<Int>] {
    var (ranges, start) = ([Range<Int>](), 8)
    while start + 12 <= bytes.count {
      let end = start + 12 + bytes[start..<start + 4].reduce(0) { $0 << 8 | Int($1) }
      if bytes[start + 4] & 32 == 0 { ranges.append(start..<end) }
      start = end
    }
    return ranges
  }

  @Test func `a cut PNG keeps its good rows when that is allowed, and says how many`() throws {
    var options = DecodingOptions()
    options.allowTruncated = true
    options.background = RGB(1, 2, 3)
    let photo = noise(64, 200)
    let bytes = try PNGEncoder.bytes(photo, level: 0)
    let decoded = try DecodedImage(.bytes(Array(bytes[..<(bytes.count / 2)])), options: options)
    #expect((99...100).contains(decoded.goodRows))
    #expect(decoded.warnings == ["file is truncated: \(decoded.goodRows) of 200 rows are good"])
    let good = decoded.goodRows * 64 * 3
    #expect(decoded.image.pixels[..<good] == photo.pixels[..<good])
    #expect(decoded.image[63, 199] == RGB(1, 2, 3))
  }

  @Test func `a cut JPEG keeps its good rows when that is allowed`() throws {
    var options = DecodingOptions()
    options.allowTruncated = true
    let bytes = try corpusBytes("jpeg_ok/pillow/hopper.jpg")
    let whole = try DecodedImage(.bytes(bytes)).image
    let decoded = try DecodedImage(.bytes(Array(bytes[..<(bytes.count * 2 / 3)])), options: options)
    #expect((40..<128).contains(decoded.goodRows))
    let good = decoded.goodRows * 128 * 3
    #expect(decoded.image.pixels[..<good] == whole.pixels[..<good])
  }

  @Test func `a cut progressive JPEG shows all rows, coarser, when that is allowed`() throws {
    var options = DecodingOptions()
    options.allowTruncated = true
    let bytes = try corpusBytes("jpeg_ok/wuffs/peacock.progressive.jpeg")
    let decoded = try DecodedImage(.bytes(Array(bytes[..<(bytes.count * 3 / 4)])), options: options)
    #expect(decoded.goodRows == 75)
    #expect(decoded.warnings.count == 1)
  }
}
