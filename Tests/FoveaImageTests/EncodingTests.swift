import FoveaImage
import FoveaTestSupport
import Foundation
import Testing

/// A folder of its own for a test, removed afterwards.
func withFolder(_ body: (URL) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: "fovea-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  try body(folder)
}

@Suite struct EncodingTests {
  private let photo = noise(37, 23)

  @Test func `RGB comes back as it was written`() throws {
    let decoded = try DecodedImage(.bytes(try PNGEncoder.bytes(photo)))
    #expect(decoded.image == photo)
    #expect(decoded.warnings == [])
  }

  @Test func `an indexed mask comes back in its palette's colours, as a palette image`() throws {
    let palette = [RGB(1, 2, 3), RGB(250, 128, 7), RGB(0, 255, 0)]
    let labels = (0..<37 * 23).map { UInt8($0 % 3) }
    let bytes = try PNGEncoder.bytes(labels, .indexed(palette: palette), width: 37, height: 23)
    let decoded = try DecodedImage(.bytes(bytes))
    #expect(decoded.header.storedAs == "palette")
    #expect(decoded.header.bitDepth == 8)
    for (i, label) in labels.enumerated() where decoded.image[i % 37, i / 37] != palette[Int(label)] {
      Issue.record("pixel \(i) differs")
      return
    }
  }

  @Test func `RGBA comes back blended over the background`() throws {
    let samples: [UInt8] = [200, 100, 0, 255, 200, 100, 0, 0, 200, 100, 0, 51]
    let bytes = try PNGEncoder.bytes(samples, .rgba, width: 3, height: 1)
    var options = DecodingOptions()
    options.background = RGB(10, 20, 30)
    let image = try DecodedImage(.bytes(bytes), options: options).image
    #expect(image.pixels == [200, 100, 0, 10, 20, 30, 48, 36, 24])
  }

  @Test func `16-bit grey keeps its values, and 257 v becomes v`() throws {
    try withFolder { folder in
      let path = folder.appending(path: "grey.png").path
      try PNGEncoder.writeGrey16((0..<256).map { UInt16($0 * 257) }, width: 256, height: 1, to: path)
      let decoded = try DecodedImage(.file(path))
      #expect(decoded.header.bitDepth == 16)
      #expect((0..<256).allSatisfy { decoded.image[$0, 0].green == UInt8($0) })
    }
  }

  @Test func `a writer that is dropped before its end leaves nothing`() throws {
    try withFolder { folder in
      let path = folder.appending(path: "mask.png").path
      do {
        let writer = try PNGWriter(path: path, layout: .grey, width: 4, height: 2)
        try [UInt8](repeating: 7, count: 4).withUnsafeBytes { try writer.writeRow($0) }
      }
      #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }
  }

  @Test func `nearest label maps equal Pillow's`() {
    let labels: [UInt8] = [1, 2, 3, 4, 5, 6]
    let wider = labels.resizedNearest(width: 3, height: 2, toWidth: 7, height: 3)
    #expect(wider == [1, 1, 2, 2, 2, 3, 3, 4, 4, 5, 5, 5, 6, 6, 4, 4, 5, 5, 5, 6, 6])
  }
}
