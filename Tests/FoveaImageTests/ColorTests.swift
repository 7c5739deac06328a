import FoveaImage
import Foundation
import Testing

@Suite struct ColorTests {
  /// A PNG of 256 grey or RGB pixels with their own number as sample, and a gAMA chunk.
  private func ramp(_ layout: PNGLayout, gamma: UInt32) throws -> ImageSource {
    let samples = (0..<256).flatMap { Array(repeating: UInt8($0), count: layout.bytesPerPixel) }
    let bytes = try PNGEncoder.bytes(samples, layout, width: 256, height: 1)
    let value = withUnsafeBytes(of: gamma.bigEndian) { Array($0) }
    return .bytes(pngBytes(bytes, with: "gAMA", value))
  }

  @Test func `a gamma within 2 % of sRGB's, an sRGB chunk and an sRGB profile pass silently`() throws {
    #expect(try DecodedImage(ramp(.rgb, gamma: 45455)).warnings == [])
    #expect(try DecodedImage(ramp(.rgb, gamma: 46000)).warnings == [])
    #expect(try DecodedImage(corpus("jpeg_ok/pillow/rgb.jpg")).warnings == [])
    #expect(try DecodedImage(corpus("png_ok/golang/colormap-0.png")).warnings == [])
  }

  @Test func `a broken profile is a warning`() throws {
    let warnings = try DecodedImage(corpus("jpeg_ok/jpeg_decoder_icc/icc_missing_chunk.jpeg")).warnings
    #expect(warnings == ["colour profile is damaged: ignored"])
  }

  /// The ramp with a cICP chunk, before its gAMA.
  private func coded(_ numbers: [UInt8], _ layout: PNGLayout = .rgb, gamma: UInt32 = 100_000) throws
    -> ImageSource
  {
    guard case .bytes(let bytes) = try ramp(layout, gamma: gamma) else { return .bytes([]) }
    return .bytes(pngBytes(bytes, with: "cICP", numbers))
  }

  @Test func `a cICP chunk counts before gAMA, and says nothing where it is unspecified`() throws {
    #expect(try DecodedImage(coded([1, 13, 0, 1])).warnings == [])
    #expect(try DecodedImage(coded([2, 2, 0, 1], gamma: 45455)).warnings == [])
    var options = DecodingOptions()
    options.pilParity = true
    #expect(try DecodedImage(coded([9, 16, 0, 1]), options: options).warnings == [])
  }

  @Test func `parity mode leaves colours alone`() throws {
    var options = DecodingOptions()
    options.pilParity = true
    let decoded = try DecodedImage(ramp(.grey, gamma: 100_000), options: options)
    #expect(decoded.warnings == [])
    #expect(decoded.image[100, 0] == RGB(100, 100, 100))
  }

  #if ColorManagement
    @Test func `linear samples become sRGB's by its formula`() throws {
      for layout in [PNGLayout.grey, .rgb] {
        let image = try DecodedImage(ramp(layout, gamma: 100_000)).image
        for x in 0..<256 {
          let light = Double(x) / 255
          let encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
          #expect(abs(Double(image[x, 0].green) - 255 * encoded) <= 1.5, "\(layout), sample \(x)")
        }
      }
    }

    @Test func `cICP is converted by its curve: linear light, and PQ with paper white at 203 candelas`()
      throws
    {
      for layout in [PNGLayout.grey, .rgb] {
        let linear = try DecodedImage(coded([1, 8, 0, 1], layout, gamma: 45455)).image
        let expected = try DecodedImage(ramp(layout, gamma: 100_000)).image
        for x in 0..<256 { #expect(abs(Int(linear[x, 0].green) - Int(expected[x, 0].green)) <= 1, "\(x)") }
        let pq = try DecodedImage(coded([1, 16, 0, 1], layout)).image
        for x in 0..<256 {
          let root = pow(Double(x) / 255, 1 / 78.84375)
          let light = min(
            1,
            pow(max(0, root - 0.8359375) / (18.8515625 - 18.6875 * root), 1 / 0.1593017578125) * 10_000 / 203)
          let encoded = light <= 0.0031308 ? 12.92 * light : 1.055 * pow(light, 1 / 2.4) - 0.055
          #expect(abs(Double(pq[x, 0].green) - 255 * encoded) <= 1.5, "\(layout), sample \(x)")
        }
      }
      let unknown = try DecodedImage(coded([9, 77, 0, 1])).warnings
      #expect(
        unknown == [
          "cICP of BT.2020 and transfer 77 is not of a kind that is converted: pixels are taken as sRGB"
        ])
    }

    @Test func `profiles give what Pillow's Little CMS gives, within one level`() throws {
      var images: [String: Image] = [:]
      for row in try table("images/profile.tsv") {
        let image = try images[row[0]] ?? DecodedImage(corpus(row[0])).image
        images[row[0]] = image
        let numbers = row.compactMap(Int.init)
        let color = image[numbers[0], numbers[1]]
        for (sample, expected) in zip([color.red, color.green, color.blue], numbers[2...]) {
          #expect(abs(Int(sample) - expected) <= 1, "\(row)")
        }
      }
    }
  #else
    @Test func `without colour management another gamma and another profile warn once`() throws {
      let warnings = try DecodedImage(ramp(.rgb, gamma: 100_000)).warnings
      #expect(warnings == ["gAMA of 1.0 ignored: pixels are taken as sRGB"])
      let coded = try DecodedImage(coded([9, 16, 0, 1])).warnings
      #expect(coded == ["cICP of BT.2020 and PQ ignored: pixels are taken as sRGB"])
      let narrow = try DecodedImage(self.coded([12, 77, 9, 0])).warnings
      #expect(
        narrow == [
          "cICP of Display P3 and transfer 77, matrix 9, narrow range ignored: pixels are taken as sRGB"
        ])
      let profiled = try DecodedImage(corpus("jpeg_ok/pillow/icc_profile_big.jpg")).warnings
      #expect(profiled == ["colour profile ignored: pixels are taken as sRGB"])
    }
  #endif
}
