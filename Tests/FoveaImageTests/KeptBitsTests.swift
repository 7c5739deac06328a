import FoveaImage
import Testing

/// Samples of 16 bits that are kept as float, on the scale of 8 bits.
@Suite struct KeptBitsTests {
  private func keeping(over background: RGB = .white) -> DecodingOptions {
    var options = DecodingOptions()
    options.keep16Bits = true
    options.background = background
    return options
  }

  /// A PNG without its gAMA, so that no colour management has a part in it.
  private func plainBytes(_ path: String) throws -> [UInt8] {
    let bytes = try corpusBytes(path)
    let name = Array("gAMA".utf8)
    guard let start = bytes.indices.dropLast(8).first(where: { Array(bytes[$0..<$0 + 4]) == name }) else {
      return bytes
    }
    return Array(bytes[..<(start - 4)] + bytes[(start + 12)...])
  }

  private func png(of grey: [UInt16], width: Int, height: Int) throws -> [UInt8] {
    let bytes = grey.withUnsafeBytes { [UInt8]($0) }
    return try PNGEncoder.bytes(bytes, .grey16, width: width, height: height, level: 0)
  }

  @Test func `every layout, resized, equals Pillow's float resize to the bit`() throws {
    for row in try table("images/float.tsv") {
      var rule = Preprocessing(width: try #require(Int(row[3])), height: try #require(Int(row[4])))
      rule.fit = .stretch
      rule.filter = try #require(ResamplingFilter(rawValue: row[2]))
      let options = keeping(over: try #require(RGB(row[1])))
      let prepared = try rule.prepare(.bytes(try plainBytes(row[0])), options: options)
      let kept = try #require(prepared.kept)
      let bytes = kept.samples.flatMap { withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
      #expect(SHA256.hexadecimal(bytes) == row[5], "\(row.prefix(5))")
      #expect(prepared.image == kept.rounded)
      #expect(prepared.steps.contains("16 bits kept, as float by 257"))
    }
  }

  @Test func `a ramp keeps all its 65 536 levels, and is normalised by the formula`() throws {
    let levels = (0..<65536).map { UInt16($0) }
    let ramp = try png(of: levels, width: 256, height: 256)
    var rule = Preprocessing(width: 256, height: 256)
    rule.fit = .native
    let kept = try #require(try rule.prepare(.bytes(ramp), options: keeping()).kept)
    #expect(Set(kept.samples).count == 65536)
    var values = [Float](repeating: 0, count: kept.samples.count)
    values.withUnsafeMutableBufferPointer { rule.normalize(kept, into: $0) }
    for (i, value) in values.enumerated() {
      let exact = (Double(levels[i / 3]) / 65535 - rule.mean[i % 3]) / rule.standardDeviation[i % 3]
      // Four float operations, on values of at most 1 that the deviation then enlarges.
      let tolerance = 4 * Double(Float.ulpOfOne) / rule.standardDeviation[i % 3]
      if abs(Double(value) - exact) > tolerance { Issue.record("value \(i): \(value), not \(exact)") }
    }
  }

  @Test func `files of 8 bits, parity with Pillow and whole decoding do not change`() throws {
    let rule = Preprocessing(width: 50, height: 40)
    let plain = corpus("png_ok/pillow/hopper.png")
    #expect(try rule.prepare(plain, options: keeping()).kept == nil)
    #expect(try rule.prepare(plain, options: keeping()).image == rule.prepare(plain).image)
    var parity = keeping()
    parity.pilParity = true
    #expect(try rule.prepare(corpus("pngsuite/basn2c16.png"), options: parity).kept == nil)
    let wide = ImageSource.bytes(try plainBytes("pngsuite/basn2c16.png"))
    let whole = try DecodedImage(wide, options: keeping())
    #expect(whole.image == (try DecodedImage(wide)).image)
    #expect(whole.steps.contains("16 to 8 bits by 257, rounded"))
  }

  @Test func `a cut file keeps its good rows, and the background's colour behind them`() throws {
    let grey = [UInt16](repeating: 1000, count: 64 * 200)
    let bytes = try png(of: grey, width: 64, height: 200)
    var options = keeping(over: RGB(1, 2, 3))
    options.allowTruncated = true
    var rule = Preprocessing(width: 64, height: 200)
    rule.fit = .native
    let prepared = try rule.prepare(.bytes(Array(bytes[..<(bytes.count / 2)])), options: options)
    let kept = try #require(prepared.kept)
    let level: Float = 1000 / 257
    #expect(Array(kept.samples.prefix(3)) == [level, level, level])
    let missing: [Float] = [1, 2, 3]
    #expect(Array(kept.samples.suffix(3)) == missing)
    #expect(prepared.warnings.first?.contains("rows are good") == true)
  }
}
