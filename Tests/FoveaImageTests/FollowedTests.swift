import FoveaImage
import Foundation
import Testing

/// Pictures that stand one after the other in one stream or file.
@Suite struct FollowedTests {
  private func png() throws -> [UInt8] { try PNGEncoder.bytes(noise(9, 7)) }
  private func jpeg() throws -> [UInt8] { try corpusBytes("jpeg_ok/wuffs/peacock.default.jpeg") }

  /// Decodes the bytes as a stream gives them.
  private func stream(_ bytes: [UInt8]) throws -> ImageError? {
    var error: ImageError?
    try withFolder { folder in
      let path = folder.appending(path: "stream").path
      #expect(FileManager.default.createFile(atPath: path, contents: Data(bytes)))
      let descriptor = open(path, O_RDONLY)
      defer { close(descriptor) }
      error = imageError { () throws(ImageError) in _ = try DecodedImage(.descriptor(descriptor)) }
    }
    return error
  }

  /// A JPEG with an MPF index (CIPA DC-007) of itself and `extra` more pictures of `size` bytes right behind it.
  private func indexed(_ jpeg: [UInt8], extra: Int, size: Int, bigEndian: Bool = true) -> [UInt8] {
    func number(_ value: Int, _ bytes: Int) -> [UInt8] {
      let big = (0..<bytes).map { UInt8(truncatingIfNeeded: value >> (8 * (bytes - 1 - $0))) }
      return bigEndian ? big : big.reversed()
    }
    let count = extra + 1
    let length = 2 + 4 + 8 + 2 + 24 + 4 + 16 * count
    let headerStart = 2 + 2 + 2 + 4  // SOI, marker, length, "MPF\0"
    let whole = jpeg.count + 2 + length
    var index = number(bigEndian ? 0x4D4D : 0x4949, 2) + number(42, 2) + number(8, 4)
    index += number(2, 2)
    index += number(0xB001, 2) + number(4, 2) + number(1, 4) + number(count, 4)
    index += number(0xB002, 2) + number(7, 2) + number(16 * count, 4) + number(8 + 2 + 24 + 4, 4)
    index += number(0, 4)
    for picture in 0..<count {
      let offset = picture == 0 ? 0 : whole + (picture - 1) * size - headerStart
      index += number(0, 4) + number(picture == 0 ? whole : size, 4) + number(offset, 4) + number(0, 4)
    }
    let lengthBytes = [UInt8(length >> 8), UInt8(length & 255)]
    return [0xFF, 0xD8, 0xFF, 0xE2] + lengthBytes + Array("MPF\0".utf8) + index + jpeg.dropFirst(2)
  }

  @Test func `a stream of two pictures is refused, of whichever formats`() throws {
    for first in [try png(), try jpeg()] {
      for second in [try png(), try jpeg()] {
        let error = try stream(first + second)
        #expect(error == .secondPicture && error?.exitStatus == 65)
      }
      #expect(try stream(first) == nil)
    }
  }

  @Test func `what follows in a stream and is no picture is left alone`() throws {
    for first in [try png(), try jpeg()] {
      #expect(try stream(first + [0, 0, 0, 0]) == nil)
      #expect(try stream(first + Array("\0\0\0\u{18}ftypmp42".utf8)) == nil)
    }
  }

  @Test func `a named file's second picture is told of, and the first one answered`() throws {
    for bytes in [try png(), try jpeg()] {
      let alone = try DecodedImage(.bytes(bytes))
      let followed = try DecodedImage(.bytes(bytes + bytes))
      #expect(followed.image == alone.image && alone.warnings.isEmpty)
      #expect(followed.warnings == ["a second picture follows the first in this file: it is left out"])
    }
  }

  @Test(arguments: [true, false])
  func `pictures that an MPF index names belong to the first, others do not`(bigEndian: Bool) throws {
    let jpeg = try jpeg()
    let one = indexed(jpeg, extra: 1, size: jpeg.count, bigEndian: bigEndian)
    #expect(try stream(one + jpeg) == nil)
    #expect(try stream(one + jpeg + jpeg) == .secondPicture)
    #expect(try DecodedImage(.bytes(one + jpeg)).warnings == [])
    let two = indexed(jpeg, extra: 2, size: jpeg.count, bigEndian: bigEndian)
    #expect(try stream(two + jpeg + jpeg) == nil)
    #expect(try stream(two + jpeg + jpeg + one + jpeg) == .secondPicture)
  }

  @Test func `an index that is cut or lies is no index, and no danger`() throws {
    let jpeg = try jpeg()
    let whole = indexed(jpeg, extra: 1, size: jpeg.count)
    for place in 10..<80 {
      for value: UInt8 in [0, 1, 0x7F, 0xFF] {
        var bytes = whole
        bytes[place] = value
        #expect(try DecodedImage(.bytes(bytes)).image == DecodedImage(.bytes(jpeg)).image)
      }
    }
  }
}
