import Foundation
import Fovea
import Testing

@Suite struct AttentionStatisticsTests {
  private static let extent = (width: 120.0, height: 70.0)

  @Test func everyMeasureEqualsADenseComputation() throws {
    for example in AttentionKinds.made + [AttentionKinds.padded] {
      for block in example.graph.attentionBlocks {
        let attention = try example.attention(block)
        let statistics = attention.statistics(extent: Self.extent)
        #expect(statistics.count == attention.factors.heads + 1)
        for line in statistics {
          let dense = DenseStatistics(attention, head: line.head, extent: Self.extent)
          let rows = try #require(line.rows)
          let pairs = [
            (rows.entropy.value, dense.entropy), (rows.effectiveTokens.value, dense.effective),
            (rows.topPercent.value, dense.topPercent),
            (rows.topTenPercent.value, dense.topTenPercent),
            (rows.gini.value, dense.gini), (rows.rowSum.value, dense.rowSum),
            (rows.meanDistance?.value ?? .nan, dense.distance),
          ]
          for (place, (value, expected)) in pairs.enumerated() {
            // Gini's bins are 2⁻⁵ of a weight wide, and a fiftieth of the keys shares one: 2⁻⁵ / (6·50)
            let unit = place == 4 ? 1e-4 : 2e-5
            #expect(
              abs(value - expected) <= unit * max(1, abs(expected)),
              "\(example.name), measure \(place)")
          }
          #expect(rows.entropy.standardError == nil && line.queries == attention.queryCount)
        }
      }
    }
  }

  @Test func ranksEqualThoseOfJacobisRotations() throws {
    for example in AttentionKinds.made + [AttentionKinds.padded] {
      for block in example.graph.attentionBlocks {
        let attention = try example.attention(block)
        for line in attention.statistics(extent: Self.extent) {
          for (rank, choice) in [
            (line.rank, DepthwiseChoice.without), (line.rankWithDepthwise, .mean),
          ] {
            guard let rank else {
              #expect(attention.depthwise == nil)
              continue
            }
            let rows = (0..<attention.queryCount).map { query in
              attention.row(query: query, head: line.head, choice).map(Double.init)
            }
            let values = singularValues(rows)
            // float32 rows blur singular values near the threshold, by a few times 2⁻²⁴·√N·σ₁
            let dense = DenseRank(values, extent: max(attention.queryCount, attention.keyCount))
            #expect(
              dense.numerical.contains(Int(rank.numerical.value)),
              "\(example.name) \(rank) \(dense)")
            #expect(
              abs(rank.stable.value - dense.stable) <= 1e-5 * dense.stable,
              "\(example.name) \(rank) \(dense)")
            #expect(
              abs((rank.effective ?? 0) - dense.effective) <= 1e-4 * dense.effective,
              "\(example.name) \(rank)")
          }
        }
      }
    }
  }

  @Test func aRowOfZerosIsUndefinedAndLeftOut() throws {
    let example = AttentionCase.made("dead queries", height: 3, width: 4) { scope, map in
      scope.linearAttention(
        query: scope["below_zero"].linear(map, outputs: 16), key: map, value: map, headDimension: 8,
        featureMap: .relu, epsilon: 1e-15,
        averagesKeys: false)
    }
    let attention = try example.attention(example.graph.attentionBlocks[0])
    #expect(attention.measures(query: 5, extent: Self.extent) == nil)
    let line = try #require(attention.statistics(extent: Self.extent).last)
    #expect(line.rows == nil && line.undefinedRows == 12 && line.rank == nil)
  }

  @Test func pastTheLimitAFixedSampleIsDrawnWithoutRepetition() {
    let sample = QuerySample(of: 5000)
    #expect(sample.queries.count == 1024 && Set(sample.queries).count == 1024 && sample.isSampled)
    #expect(
      sample == QuerySample(of: 5000) && sample.queries.allSatisfy { (0..<5000).contains($0) })
    #expect(QuerySample(of: 4096).queries == Array(0..<4096))
  }

  /// s² / n · (1 − n / N), as one draws without putting back.
  @Test func aSamplesErrorIsThatOfDrawingWithoutReplacement() throws {
    let example = AttentionCase.made("many queries", height: 64, width: 80) { scope, map in
      scope.linearAttention(
        query: map, key: map, value: map, headDimension: 8, featureMap: .eluPlusOne, epsilon: 1e-6,
        averagesKeys: false)
    }
    let attention = try example.attention(example.graph.attentionBlocks[0])
    let line = try #require(attention.statistics(extent: Self.extent, ofMeanAlone: true).last)
    #expect(line.queries == 1024 && line.population == 5120)
    let entropies = try QuerySample(of: 5120).queries.map {
      try #require(attention.measures(query: $0, extent: Self.extent)).entropy
    }
    let mean = entropies.reduce(0, +) / 1024
    let variance = entropies.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 1023
    let error = try #require(line.rows?.entropy.standardError)
    let expected = (variance / 1024 * 0.8).squareRoot()
    #expect(abs(error - expected) <= 1e-6 * expected)
  }

  /// A + T with one weight in the middle of T's kernel is A + wI: of full rank, and of a known norm.
  @Test func theEstimatorFindsTheFullRankOfADiagonalBesideTheFactors() throws {
    let example = AttentionCase.made("large", height: 30, width: 40) { scope, map in
      let term = scope["dwc"].sharedDepthwise(map, kernel: 1, repeats: 2)
      return scope.linearAttention(
        query: map, key: map, value: map, headDimension: 8, featureMap: .eluPlusOne, epsilon: 1e-6,
        averagesKeys: false, depthwise: term)
    }
    let attention = try example.attention(example.graph.attentionBlocks[0])
    let line = try #require(attention.statistics(extent: Self.extent).first)
    let with = try #require(line.rankWithDepthwise)
    #expect(with.method == .lanczos && with.effective == nil && line.rank?.method == .factors)
    #expect(abs(with.numerical.value - 1200) <= 12)
    var squares = 0.0
    for query in 0..<1200 {
      squares += attention.row(query: query, head: 0).reduce(0.0) { $0 + Double($1) * Double($1) }
    }
    #expect(with.stable.value >= squares / squares && with.stable.value <= squares / 0.5)
  }
}

/// The measures of all rows in float64, by sorting and summing.
private struct DenseStatistics {
  var (entropy, effective, topPercent, topTenPercent) = (0.0, 0.0, 0.0, 0.0)
  var (gini, rowSum, distance) = (0.0, 0.0, 0.0)

  init(_ block: BlockAttention, head: Int?, extent: (width: Double, height: Double)) {
    var placed = 0.0
    let count = Double(block.queryCount)
    let windows = Windows(block)
    for query in 0..<block.queryCount {
      let whole = block.row(query: query, head: head).map(Double.init)
      let seen = whole.indices.filter { windows.share(query, $0) }
      let row = seen.map { whole[$0] }
      let size = row.reduce(0) { $0 + abs($1) }
      let p = row.map { abs($0) / size }
      let entropy = -p.reduce(0) { $1 > 0 ? $0 + $1 * log2($1) : $0 }
      self.entropy += entropy / count
      effective += pow(2, entropy) / count
      let descending = p.sorted(by: >)
      topPercent +=
        descending.prefix(Int((Double(p.count) / 100).rounded(.up))).reduce(0, +) / count
      topTenPercent +=
        descending.prefix(Int((Double(p.count) / 10).rounded(.up))).reduce(0, +) / count
      var differences = 0.0
      for a in p { for b in p { differences += abs(a - b) } }
      gini += differences / (2 * Double(p.count)) / count
      rowSum += row.reduce(0, +) / count
      guard query >= block.leadingTokens else { continue }
      placed += 1
      var (away, weight) = (0.0, 0.0)
      for (key, share) in zip(seen, p) where key >= block.leadingTokens {
        let (x, y) = Self.place(query - block.leadingTokens, block.width, block.height, extent)
        let (u, v) = Self.place(key - block.leadingTokens, block.keyWidth, block.keyHeight, extent)
        away += share * hypot(x - u, y - v)
        weight += share
      }
      distance += away / weight
    }
    distance /= placed
  }

  private static func place(
    _ pixel: Int, _ width: Int, _ height: Int, _ extent: (width: Double, height: Double)
  ) -> (Double, Double) {
    (
      (Double(pixel % width) + 0.5) * extent.width / Double(width),
      (Double(pixel / width) + 0.5) * extent.height / Double(height)
    )
  }
}

extension Windows {
  /// True where a query and a key lie in one window.
  func share(_ query: Int, _ key: Int) -> Bool {
    guard let cut = block.window else { return true }
    func window(_ token: Int) -> Int? {
      (0..<block.factors.windows).first { window in
        (0..<cut.height * cut.width).contains {
          self.token(window: window, slot: $0, isKeys: true) == token
        }
      }
    }
    return window(query) == window(key)
  }
}
