import FoveaImage
import Testing

/// Each limit has an error of its own, and is the last value that passes.
@Suite struct LimitTests {
  private func error(
    _ source: ImageSource, _ change: (inout DecodingLimits) -> Void
  ) -> ImageError? {
    var options = DecodingOptions()
    change(&options.limits)
    return imageError { () throws(ImageError) in _ = try DecodedImage(source, options: options) }
  }

  @Test func `pixels`() throws {
    let source = ImageSource.bytes(try PNGEncoder.bytes(noise(30, 20)))
    #expect(error(source) { $0.pixels = 600 } == nil)
    #expect(error(source) { $0.pixels = 599 } == .tooManyPixels(width: 30, height: 20, limit: 599))
  }

  @Test func `side`() throws {
    let source = ImageSource.bytes(try PNGEncoder.bytes(noise(30, 20)))
    #expect(error(source) { $0.side = 30 } == nil)
    #expect(error(source) { $0.side = 29 } == .sideTooLong(width: 30, height: 20, limit: 29))
  }

  @Test func `bytes of a file, in memory and on disk`() throws {
    let bytes = try PNGEncoder.bytes(noise(30, 20))
    #expect(error(.bytes(bytes)) { $0.fileSize = bytes.count } == nil)
    let limit = bytes.count - 1
    #expect(error(.bytes(bytes)) { $0.fileSize = limit } == .fileTooLarge(bytes: bytes.count, limit: limit))
    guard case .fileTooLarge? = error(corpus("jpeg_ok/pillow/hopper.jpg"), { $0.fileSize = 1000 }) else {
      Issue.record("a file over the limit was let pass")
      return
    }
  }

  @Test func `an endless device stops at the limit`() {
    guard case .fileTooLarge? = error(.file("/dev/zero"), { $0.fileSize = 1_000_000 }) else {
      Issue.record("/dev/zero was let pass")
      return
    }
  }

  @Test func `scans`() {
    let source = corpus("jpeg_ok/wuffs/peacock.progressive.jpeg")
    #expect(error(source) { $0.scans = 10 } == nil)
    #expect(error(source) { $0.scans = 9 } == .tooManyScans(limit: 9))
  }

  @Test func `warnings`() {
    let source = corpus("jpeg_bad/pillow/hopper_bad_exif.jpg")
    #expect(error(source) { $0.warnings = 68 } == nil)
    guard case .tooManyWarnings(limit: 67, _)? = error(source, { $0.warnings = 67 }) else {
      Issue.record("68 warnings were let pass")
      return
    }
  }

  @Test func `memory of interlaced and progressive files`() {
    #expect(
      error(corpus("exif_orientation/recurser/Landscape_1.jpg")) { $0.decoderMemory = 2_000_000 } == nil)
    #expect(
      error(corpus("pngsuite/basi2c16.png")) { $0.decoderMemory = 5000 } == .decoderMemory(limit: 5000))
    #expect(
      error(corpus("jpeg_ok/wuffs/hibiscus.primitive.jpeg")) { $0.decoderMemory = 100_000 } == nil)
    #expect(
      error(corpus("jpeg_bad/derived/scan_bomb_8000x8000_90scans.jpg")) { $0.decoderMemory = 100_000_000 }
        == .decoderMemory(limit: 100_000_000))
  }

  @Test func `a plain file of 81 megapixels is classified with a decoder of a megabyte`() throws {
    var options = DecodingOptions()
    options.limits.decoderMemory = 1_000_000
    let rule = Preprocessing(width: 224, height: 224)
    let source = corpus("png_bad/derived/bomb_rgb8_9000x9000_81MP_under_100MP.png")
    #expect(try rule.prepare(source, options: options).geometry.photoWidth == 9000)
  }
}
