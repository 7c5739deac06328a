import FoveaImage
import FoveaTestSupport
import Foundation

/// The rows of a tab-separated fixture.
func table(_ path: String) throws -> [[String]] {
  try String(contentsOf: fixtures.appending(path: path), encoding: .utf8)
    .split(separator: "\n").map {
      $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
    }
}

/// A file of the corpora as a source.
func corpus(_ path: String) -> ImageSource {
  .file(fixtures.appending(path: "corpora/\(path)").path(percentEncoded: false))
}

/// A file of the corpora as bytes.
func corpusBytes(_ path: String) throws -> [UInt8] {
  [UInt8](try Data(contentsOf: fixtures.appending(path: "corpora/\(path)")))
}

/// Noise that tools/reference/pillow_fixtures.py makes alike: the top bytes of a congruential sequence.
func noise(_ width: Int, _ height: Int) -> Image {
  var x: UInt32 = 1
  let samples = (0..<width * height * 3).map { _ -> UInt8 in
    x = x &* 1_664_525 &+ 1_013_904_223
    return UInt8(x >> 24)
  }
  return Image(width: width, height: height, pixels: samples)
}

/// The error that `body` throws, or nil when it succeeds.
func imageError(_ body: () throws(ImageError) -> Void) -> ImageError? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}

/// A PNG with one more chunk, behind its header.
func pngBytes(_ png: [UInt8], with name: String, _ payload: [UInt8]) -> [UInt8] {
  Array(png[..<33]) + pngChunk(name, payload) + Array(png[33...])
}

/// A PNG's chunk: length, name, payload and checksum.
func pngChunk(_ name: String, _ payload: [UInt8]) -> [UInt8] {
  let body = Array(name.utf8) + payload
  let crc: UInt32 = ~body.reduce(~0) { crc, byte in
    (0..<8).reduce(crc ^ UInt32(byte)) { value, _ in value >> 1 ^ (value & 1 == 1 ? 0xEDB8_8320 : 0) }
  }
  func bytes(_ number: UInt32) -> [UInt8] { withUnsafeBytes(of: number.bigEndian) { Array($0) } }
  return bytes(UInt32(payload.count)) + body + bytes(crc)
}
