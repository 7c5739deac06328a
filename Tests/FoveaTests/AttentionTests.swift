import Fovea
import FoveaTestSupport
import Testing

@Suite("Attention")
struct AttentionTests {
  /// A small picture, so that the dense matrix fits.
  private func small() throws -> Image {
    try DecodedImage(photo("china.jpg")).image.resized(width: 128, height: 96, filter: .bilinear)
  }

  @Test("rows, columns and received maps are those of the dense float64 matrix")
  func dense() throws {
    let answer = try AttentionProbe().attention(in: small())
    #expect(answer.blocks.count == 5)
    for block in answer.blocks {
      let factors = block.factors
      #expect(factors.queryCount == block.height * block.width && factors.keyCount == factors.queryCount)
      for head in [0, factors.heads - 1] {
        let matrix = dense(factors, head: head)
        for query in stride(from: 0, to: factors.queryCount, by: 7) {
          expectClose(block.row(query: query, head: head, .without), matrix[query])
          expectClose(block.column(key: query, head: head, .without), matrix.map { $0[query] })
        }
        let received = (0..<factors.keyCount).map { key in matrix.reduce(0) { $0 + $1[key] } }
        expectClose(block.received(head: head, .without), received, scale: 10)
      }
    }
  }

  @Test("a row of the weights sums to one, but for a query whose features are all zero")
  func sums() throws {
    let answer = try AttentionProbe().attention(in: small())
    for block in answer.blocks {
      for head in 0..<block.factors.heads {
        for query in 0..<block.factors.queryCount {
          let sum = block.row(query: query, head: head, .without).reduce(0, +)
          #expect(abs(sum - 1) < 1e-3 || sum == 0, "\(block.path) head \(head) query \(query): \(sum)")
        }
      }
    }
  }

  @Test("a pixel of the photo lies on its token")
  func tokens() throws {
    let answer = try AttentionProbe(.named("fovea_nano_camvid")).attention(in: small())
    let block = answer.blocks[0]
    #expect((block.height, block.width) == (6, 8))
    #expect(answer.token(of: block, x: 0, y: 0) == 0)
    #expect(answer.token(of: block, x: 127, y: 0) == 7)
    #expect(answer.token(of: block, x: 127, y: 95) == 47)
    #expect(answer.token(of: block, x: 16, y: 16) == 9)
  }

  private func dense(_ factors: AttentionFactors, head: Int) -> [[Double]] {
    let width = factors.features
    return (0..<factors.queryCount).map { query in
      let q = (head * factors.queryCount + query) * width
      return (0..<factors.keyCount).map { key in
        let k = (head * factors.keyCount + key) * width
        let product = (0..<width).reduce(0.0) {
          $0 + Double(factors.queries[q + $1]) * Double(factors.keys[k + $1])
        }
        return product / Double(factors.normaliser[head * factors.queryCount + query])
      }
    }
  }

  /// Within 32 features' rounding of the largest.
  private func expectClose(
    _ actual: [Float], _ expected: [Double], scale: Double = 1,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let bound = scale * 64 * Double(Float.ulpOfOne) * (expected.map(abs).max() ?? 0)
    let worst = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
    #expect(worst <= bound, "\(worst) over \(bound)", sourceLocation: sourceLocation)
  }
}
