import FoveaImage
import FoveaTestSupport
import Foundation
import Testing

/// Small files cut at every byte, beside what Pillow shows of them with LOAD_TRUNCATED_IMAGES.
@Suite struct CutTests {
  private static let background = RGB(1, 2, 3)
  /// Rows of a file by the length from which Pillow shows so many.
  private static let table = (try? FoveaImageTests.table("images/cut/cut.tsv")) ?? []

  private var options: DecodingOptions {
    var options = DecodingOptions()
    options.allowTruncated = true
    options.background = Self.background
    return options
  }

  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: fixtures.appending(path: "images/cut/\(name)")))
  }

  /// The rows of a picture that are not the background's.
  private func rows(_ image: Image) -> [Int] {
    (0..<image.height).filter { y in (0..<image.width).contains { image[$0, y] != Self.background } }
  }

  private func pixels(_ image: Image, row: Int) -> ArraySlice<UInt8> {
    image.pixels[row * image.width * 3..<(row + 1) * image.width * 3]
  }

  @Test(arguments: [
    ("plain.png", 1), ("interlaced.png", 1), ("baseline.jpg", 16), ("restarts.jpg", 16),
    ("full_colour.jpg", 8),
    ("grey.jpg", 8),
  ])
  func `every row that came whole is given, never fewer as the file grows, and none without leave`(
    name: String, step: Int
  ) throws {
    let bytes = try bytes(name)
    let whole = try DecodedImage(.bytes(bytes)).image
    let table = Self.table.filter { $0[0] == name }
    var last = 0
    for length in 0..<bytes.count {
      let cut = ImageSource.bytes(Array(bytes[..<length]))
      let refusal = imageError { () throws(ImageError) in _ = try DecodedImage(cut) }
      #expect(refusal?.exitStatus == (1..<8 ~= length ? refusal?.exitStatus ?? 0 : 65), "\(length)")
      var decoded: DecodedImage?
      let error = imageError { () throws(ImageError) in decoded = try DecodedImage(cut, options: options) }
      let given = decoded.map { rows($0.image) } ?? []
      #expect(given.count == (decoded?.goodRows ?? 0) && (decoded == nil) == (error != nil), "\(length)")
      #expect(given.count >= last, "\(name): fewer rows at \(length) bytes")
      for row in given where decoded.map({ pixels($0.image, row: row) }) != pixels(whole, row: row) {
        Issue.record("\(name): row \(row) differs at \(length) bytes")
      }
      // By chance a row of MCUs may be whole a byte before its end; its last row waits for the next one's colours.
      let shown = { (length: Int) in table.last { Int($0[1]) ?? 0 <= length }.flatMap { Int($0[2]) } ?? 0 }
      let least = shown(step > 1 ? length - 1 : length) / step * step - (step > 8 ? 1 : 0)
      #expect(given.count <= shown(length) && given.count >= least, "\(name) \(length)")
      last = given.count
    }
    #expect(last == whole.height)
  }

  @Test(arguments: ["progressive.jpg", "progressive_grey.jpg"])
  func `a progressive JPEG cut anywhere shows what its scans gave, and at their ends what Pillow shows`(
    name: String
  ) throws {
    let bytes = try bytes(name)
    var last = 0
    for length in 0..<bytes.count {
      let cut = ImageSource.bytes(Array(bytes[..<length]))
      var decoded: DecodedImage?
      _ = imageError { () throws(ImageError) in decoded = try DecodedImage(cut, options: options) }
      #expect((decoded?.goodRows ?? 0) >= last, "\(name): fewer rows at \(length) bytes")
      last = decoded?.goodRows ?? 0
    }
    #expect(last == 46)
    let scans = Self.table.filter { $0[0] == name }
    #expect(scans.count > 4)
    for scan in scans {
      let length = try #require(Int(scan[1]))
      let decoded = try DecodedImage(.bytes(Array(bytes[..<length])), options: options)
      var hash = SHA256()
      decoded.image.pixels.withUnsafeBytes { hash.update($0) }
      #expect(decoded.goodRows == 46 && hash.hexadecimal() == scan[3], "\(name) at \(length) bytes")
      let isWhole = length == bytes.count - 2
      let lack = isWhole ? "" : "; later scans are missing"
      #expect(decoded.warnings == ["JPEG ends early: 46 of 46 rows are good\(lack)"])
    }
  }

  @Test func `a digest takes the rows that came whole, and zeros for the others`() throws {
    for name in ["plain.png", "baseline.jpg"] {
      let bytes = try bytes(name)
      let whole = try RawDigest(.bytes(bytes))
      let lacking = ImageSource.bytes(Array(bytes.dropLast(name == "plain.png" ? 4 : 2)))
      let error = imageError { () throws(ImageError) in _ = try RawDigest(lacking) }
      #expect(error?.exitStatus == 65)
      let digest = try RawDigest(lacking, allowTruncated: true)
      #expect(digest.rgb == whole.rgb && digest.goodRows == 46)
      let half = try RawDigest(.bytes(Array(bytes[..<(bytes.count * 3 / 4)])), allowTruncated: true)
      let picture = try DecodedImage(.bytes(bytes)).image
      #expect((1..<46).contains(half.goodRows))
      var hash = SHA256()
      picture.pixels[..<(half.goodRows * 120)].withUnsafeBytes { hash.update($0) }
      [UInt8](repeating: 0, count: (46 - half.goodRows) * 120).withUnsafeBytes { hash.update($0) }
      #expect(half.rgb == hash.hexadecimal(), "\(name)")
      #expect(half.warnings.count == 1)
    }
  }

  @Test func `a cut before the first whole row is an error that asks for no leave`() throws {
    for name in ["plain.png", "baseline.jpg"] {
      let cut = Array(try bytes(name)[..<60])
      let error = imageError { () throws(ImageError) in _ = try DecodedImage(.bytes(cut), options: options) }
      #expect(error?.description.contains("before its first whole row") == true, "\(name)")
      #expect(error?.exitStatus == 65 && error?.hint.contains("--") == false, "\(name)")
    }
  }
}
