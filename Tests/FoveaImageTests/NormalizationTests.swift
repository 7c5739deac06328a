import FoveaImage
import Testing

@Suite struct NormalizationTests {
  private let photo = noise(5, 4)

  private func normalized(_ rule: Preprocessing, content: PixelRectangle? = nil) -> [Float] {
    [Float](unsafeUninitializedCapacity: 60) { buffer, count in
      buffer.initialize(repeating: .nan)
      rule.normalize(photo, content: content, into: UnsafeMutableBufferPointer(rebasing: buffer[..<60]))
      count = 60
    }
  }

  @Test func `every value is within two roundings of the formula in double precision`() {
    let rule = Preprocessing(width: 5, height: 4)
    for (i, value) in normalized(rule).enumerated() {
      let exact = (Double(photo.pixels[i]) / 255 - rule.mean[i % 3]) / rule.standardDeviation[i % 3]
      // Three float operations, on values of at most 1 that the deviation then enlarges.
      let tolerance = 3 * Double(Float.ulpOfOne) / rule.standardDeviation[i % 3]
      #expect(abs(Double(value) - exact) <= tolerance, "value \(i)")
    }
  }

  @Test func `padding becomes exactly 0`() {
    let values = normalized(
      Preprocessing(width: 5, height: 4), content: PixelRectangle(x: 1, y: 0, width: 3, height: 2))
    for y in 0..<4 {
      for x in 0..<5 where !(1...3).contains(x) || y >= 2 {
        #expect((0..<3).allSatisfy { values[3 * (y * 5 + x) + $0] == 0 })
      }
    }
    #expect(values[3] == normalized(Preprocessing(width: 5, height: 4))[3])
  }
}
