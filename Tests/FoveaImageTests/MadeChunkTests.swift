import FoveaImage
import Foundation
import Testing

/// Files put together from chunks and segments, at the very edge of what passes.
@Suite struct MadeChunkTests {
  /// One grey pixel, then 20 000 bytes of image data that no row asks for, in two chunks.
  private func surplus() throws -> [UInt8] {
    let pixel = try PNGEncoder.bytes([7], .grey, width: 1, height: 1)
    let count = 2 + 20_000
    // a zlib stream of one stored block
    let block: [UInt8] = [0x78, 0x01, 1, UInt8(count & 255), UInt8(count >> 8)]
    let head = block + [UInt8(~count & 255), UInt8(~count >> 8 & 255), 0, 7]
    let data = head + [UInt8](repeating: 0, count: 20_000)
    let frame = Array(pixel[..<33]) + Array(pixel.suffix(12))
    return pngBytes(pngBytes(frame, with: "IDAT", Array(data[9000...])), with: "IDAT", Array(data[..<9000]))
  }

  @Test func `image data behind the last row is ignored, but its checksum must be right`() throws {
    var bytes = try surplus()
    let decoded = try DecodedImage(.bytes(bytes))
    #expect(decoded.image[0, 0] == RGB(7, 7, 7))
    #expect(decoded.warnings == ["image data goes on after the last row: ignored"])
    bytes[bytes.count - 13] ^= 1
    let error = imageError { () throws(ImageError) in _ = try DecodedImage(.bytes(bytes)) }
    #expect(error == .checksum(chunk: "IDAT"))
  }

  @Test func `two pieces of one number spoil a colour profile, and nothing else`() throws {
    let bytes = try corpusBytes("jpeg_ok/wuffs/peacock.default.jpeg")
    let payload = Array("ICC_PROFILE\0".utf8) + [1, 1] + [UInt8](repeating: 5, count: 40)
    let piece: [UInt8] = [0xFF, 0xE2, 0, UInt8(payload.count + 2)] + payload
    let decoded = try DecodedImage(.bytes(Array(bytes[..<2]) + piece + piece + Array(bytes[2...])))
    #expect(decoded.warnings == ["colour profile is damaged: ignored"])
    #expect(decoded.image == (try DecodedImage(.bytes(bytes)).image))
  }

  @Test func `an orientation of 32 bits counts as one of 16`() throws {
    let exif: [UInt8] = [
      0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 4, 0, 0, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0,
    ]
    let decoded = try DecodedImage(.bytes(pngBytes(PNGEncoder.bytes(noise(3, 2)), with: "eXIf", exif)))
    #expect(decoded.header.orientation == .quarterClockwise && decoded.image.width == 2)
  }

  #if !ColorManagement
    @Test func `a gamma is told from sRGB's past 2 % of it`() throws {
      for (gamma, isTold) in [(44_546, false), (44_545, true), (46_364, false), (46_365, true)] {
        let value = withUnsafeBytes(of: UInt32(gamma).bigEndian) { Array($0) }
        let bytes = pngBytes(try PNGEncoder.bytes(noise(3, 2)), with: "gAMA", value)
        #expect(try DecodedImage(.bytes(bytes)).warnings.isEmpty != isTold, "gamma \(gamma)")
      }
    }
  #endif

  @Test func `a file on disk may have as many bytes as the limit, and not one more`() throws {
    let file = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString).png")
    defer { try? FileManager.default.removeItem(at: file) }
    let bytes = try PNGEncoder.bytes(noise(30, 20))
    try Data(bytes).write(to: file)
    let source = ImageSource.file(file.path(percentEncoded: false))
    var options = DecodingOptions()
    options.limits.fileSize = bytes.count
    #expect(try DecodedImage(source, options: options).image == noise(30, 20))
    options.limits.fileSize -= 1
    let error = imageError { () throws(ImageError) in _ = try DecodedImage(source, options: options) }
    #expect(error == .fileTooLarge(bytes: bytes.count, limit: bytes.count - 1))
  }
}
