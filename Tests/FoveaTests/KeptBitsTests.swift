import Fovea
import FoveaTestSupport
import Testing

@Suite("Pictures of 16 bits")
struct KeptBitsTests {
  @Test("the network's input is the kept samples, normalised by the formula")
  func input() throws {
    let levels = (0..<64 * 48).map { UInt16($0 * 21) }
    let bytes = levels.withUnsafeBytes { [UInt8]($0) }
    let source = ImageSource.bytes(try PNGEncoder.bytes(bytes, .grey16, width: 64, height: 48))
    let (mean, deviation) = ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
    let values = levels.flatMap { level in
      (0..<3).map { Float((Double(level) / 65535 - mean[$0]) / deviation[$0]) }
    }
    let extractor = try FeatureExtractor()
    var options = ImageOptions()
    options.fit = .native
    func worst(_ images: ImageOptions) throws -> Float {
      let exact = try extractor.features(
        of: FeatureMap(shape: Shape(height: 48, width: 64, channels: 3), values: values), stages: ["logits"])
      let seen = try extractor.features(of: source, stages: ["logits"], images: images)
      let (a, b) = (try #require(exact["logits"]).values, try #require(seen["logits"]).values)
      return greatestDistance(a, b)
    }
    let rounded = try worst(options)
    options.decoding.keep16Bits = true
    let kept = try worst(options)
    // The inputs differ by a few roundings of float32, against steps of 1/255 where 16 bits are rounded to 8.
    #expect(kept <= 1e-4, "\(kept)")
    #expect(kept < rounded / 10, "\(kept) against \(rounded)")
  }
}
