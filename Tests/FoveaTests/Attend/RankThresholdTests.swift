import Foundation
import Fovea
import Testing

/// Attention whose singular values are known: of queries (1, ±1) and keys (1, ±δ) it has two, δ the smaller one's
/// share of the greater. NumPy counts those above max(N, M)·ε, as `matrix_rank` does with float32.
@Suite struct RankThresholdTests {
  @Test(arguments: [(1024, 16), (16, 1024)])
  func aValueBetweenTheSidesThresholdsDoesNotCount(queries: Int, keys: Int) throws {
    for (exponent, rank) in [(-14, 1.0), (-12, 2.0)] {
      let delta = Float(sign: .plus, exponent: exponent, significand: 1)
      // 16·2⁻²³ < 2⁻¹⁴ < 1024·2⁻²³ < 2⁻¹²
      let attention = try two(queries: queries, keys: keys, delta)
      let statistics = attention.statistics(extent: (width: 32, height: 32))
      for line in statistics {
        let found = try #require(line.rank)
        #expect(found.numerical.value == rank, "δ = 2^\(exponent), \(found)")
        #expect(abs(found.stable.value - (1 + Double(delta * delta))) < 1e-12)
      }
    }
  }

  private func two(queries: Int, keys: Int, _ delta: Float) throws -> BlockAttention {
    let builder = GraphBuilder()
    _ = builder.input()
    let scope = builder.root["attention"]
    let query = scope["queries"].token("table", count: queries, shape: [1, queries, 2])
    let key = scope["keys"].token("table", count: keys, shape: [1, keys, 2])
    let attended = scope.linearAttention(
      query: query, key: key, value: key, headDimension: 2, featureMap: .identity, epsilon: 0,
      averagesKeys: false)
    builder.name(attended, "logits")
    let graph = builder.graph()
    let input = Fovea.FeatureMap(zeros: Shape(height: 32, width: 32, channels: 3))
    let example = AttentionCase(
      name: "two values", graph: graph, parameters: Signs(delta: delta), input: input)
    return try example.attention(graph.attentionBlocks[0])
  }
}

/// Tables of (1, ±1) for queries and (1, ±δ) for keys.
private struct Signs: ParameterSource {
  let delta: Float

  func values(of parameter: Parameter) -> [Float] {
    let size: Float = parameter.path.contains("keys") ? delta : 1
    return (0..<parameter.count).map { $0 % 2 == 0 ? 1 : $0 % 4 == 1 ? size : -size }
  }
}
