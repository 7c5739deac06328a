import FoveaImage
import Testing

@Suite struct PreparationTests {
  @Test func `every crop mode gives the pixels that timm's transforms give`() throws {
    for row in try table("images/prepare.tsv") {
      var rule = Preprocessing(width: try #require(Int(row[1])), height: try #require(Int(row[2])))
      rule.cropFraction = try #require(Double(row[3]))
      rule.cropMode = try #require(Preprocessing.CropMode(rawValue: row[4]))
      rule.filter = try #require(ResamplingFilter(rawValue: row[5]))
      var options = DecodingOptions()
      if row[0].hasSuffix(".png") { options.background = .black }
      let input = try rule.prepare(corpus(row[0]), options: options)
      #expect(SHA256.hexadecimal(input.image.pixels) == row[6], "\(row.prefix(6)) \(input.steps)")
    }
  }
}
