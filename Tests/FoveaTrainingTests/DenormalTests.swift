import Testing

import FoveaTraining

@Suite struct DenormalTests {
  @Test func numbersTooSmallAreZerosInsideAlone() {
    let halves = { (0..<2).map { _ in Float.leastNormalMagnitude * Float.random(in: 0.25...0.5) } }
    var inside: [Float] = []
    flushingDenormals { inside = halves() }
    #expect(inside == [0, 0])
    #expect(halves().allSatisfy { $0 > 0 })
  }
}
