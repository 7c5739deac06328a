import FoveaImage
import Testing

@Suite struct ConversionTests {
  @Test func `parity mode gives what Pillow's convert gives`() throws {
    for row in try table("images/convert.tsv") {
      var options = DecodingOptions()
      options.pilParity = true
      let decoded = try DecodedImage(corpus(row[0]), options: options)
      #expect(SHA256.hexadecimal(decoded.image.pixels) == row[1], "\(row[0])")
    }
  }

  @Test func `pictures turned upright over white equal Pillow's`() throws {
    for row in try table("images/convert.tsv") where row[2] != "-" {
      let decoded = try DecodedImage(corpus(row[0]))
      if decoded.steps.contains("colours to sRGB, perceptually") { continue }
      #expect(SHA256.hexadecimal(decoded.image.pixels) == row[2], "\(row[0])")
    }
  }
}
