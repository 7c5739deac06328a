import FoveaImage
import Testing

@Suite struct ResampleTests {
  @Test func `every size and filter equals Pillow to the bit`() throws {
    for row in try table("images/resize.tsv") {
      let numbers = row.compactMap(Int.init)
      let filter = try #require(ResamplingFilter(rawValue: row[2]))
      let resized = noise(numbers[0], numbers[1]).resized(
        width: numbers[2], height: numbers[3], filter: filter)
      #expect(SHA256.hexadecimal(resized.pixels) == row[5], "\(row.prefix(5))")
    }
  }

  @Test func `a window of a resize equals that window of the whole`() {
    let photo = noise(97, 113)
    let whole = photo.resized(width: 60, height: 150, filter: .bicubic)
    let window = photo.resampled(
      InputGeometry(
        photoWidth: 97, photoHeight: 113, resizedWidth: 60, resizedHeight: 150, offsetX: 13, offsetY: 41,
        inputWidth: 20, inputHeight: 30), filter: .bicubic)
    for y in 0..<30 {
      for x in 0..<20 where window[x, y] != whole[x + 13, y + 41] {
        Issue.record("pixel (\(x), \(y)) differs")
        return
      }
    }
  }
}
