import Foundation
import FoveaImage
import Testing

@Suite struct OrientationTests {
  /// A PNG of 3 × 2 pixels with an eXIf chunk of these bytes.
  private func png(exif: [UInt8]) throws -> [UInt8] {
    pngBytes(try PNGEncoder.bytes(noise(3, 2)), with: "eXIf", exif)
  }

  private let little: [UInt8] = [
    0x49, 0x49, 0x2A, 0, 8, 0, 0, 0, 1, 0, 0x12, 1, 3, 0, 1, 0, 0, 0, 6, 0, 0, 0, 0, 0, 0, 0,
  ]
  private let big: [UInt8] = [
    0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
  ]

  @Test func `a PNG's eXIf is read in either byte order`() throws {
    for exif in [little, big] {
      let decoded = try DecodedImage(.bytes(try png(exif: exif)))
      #expect(decoded.header.orientation == .quarterClockwise)
      #expect(decoded.image.width == 2)
      #expect(decoded.image[1, 0] == noise(3, 2)[0, 0])
      var options = DecodingOptions()
      options.applyOrientation = false
      #expect(try DecodedImage(.bytes(try png(exif: exif)), options: options).image == noise(3, 2))
    }
  }

  @Test func `broken EXIF is taken for upright, at whichever byte it breaks`() throws {
    for exif in [little, big] {
      for count in 0..<20 {
        let decoded = try DecodedImage(.bytes(try png(exif: Array(exif[..<count]))))
        #expect(decoded.header.orientation == .upright || count >= 20)
      }
      for value: UInt8 in [0, 9, 200] {
        var wrong = exif
        wrong[exif[0] == 0x49 ? 18 : 19] = value
        #expect(try DecodedImage(.bytes(try png(exif: wrong))).header.orientation == .upright)
      }
      var loop = exif
      loop[exif[0] == 0x49 ? 4 : 7] = 0xFF
      #expect(try DecodedImage(.bytes(try png(exif: loop))).header.orientation == .upright)
    }
  }

  @Test func `orientations equal those recorded for the corpora`() throws {
    for row in try table("corpora/expected.tsv").dropFirst() where row[9].hasPrefix("ok") {
      var header: ImageHeader?
      _ = imageError { () throws(ImageError) in header = try ImageReader(corpus(row[0])).header }
      guard let header, !row[0].contains("imagemagick") else { continue }
      let expected = Int(row[8]).flatMap(Orientation.init(rawValue:)) ?? .upright
      #expect(header.orientation == expected, "\(row[0])")
    }
  }

  @Test func `every way to state an orientation counts as Pillow's exif_transpose has it`() throws {
    let rows = try table("images/orientation.tsv")
    #expect(rows.count > 60)
    for row in rows {
      let bytes = [UInt8](try #require(Data(base64Encoded: row[2])))
      let decoded = try DecodedImage(.bytes(bytes))
      #expect(decoded.header.orientation.rawValue == Int(row[1]), "\(row[0])")
      #expect(decoded.image.width == (Int(row[1]) ?? 1 >= 5 ? decoded.header.height : decoded.header.width))
    }
  }

  @Test func `text that inflates without end, or is damaged, is a warning`() throws {
    let keyword = Array("Raw profile type exif".utf8) + [0, 0]
    let damaged = try DecodedImage(
      .bytes(pngBytes(PNGEncoder.bytes(noise(3, 2)), with: "zTXt", keyword + [1, 2])))
    #expect(damaged.warnings == ["compressed text is damaged or too long: ignored"])
    #expect(damaged.header.orientation == .upright)
  }

  @Test func `resizing a picture stored in any way equals resizing it upright`() throws {
    for index in 1...8 {
      let path = "exif_orientation/recurser/Portrait_\(index).jpg"
      let upright = try DecodedImage(corpus(path)).image
      var rule = Preprocessing(width: 100, height: 80)
      for fit in Preprocessing.Fit.allCases {
        rule.fit = fit
        #expect(try rule.prepare(corpus(path)).image == rule.prepare(upright).image, "\(path) \(fit)")
      }
    }
  }
}
