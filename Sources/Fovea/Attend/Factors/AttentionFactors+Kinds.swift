import FoveaEngine
import FoveaGraph

extension AttentionFactors {
  /// The factors of a linear attention. O(N·M).
  ///
  /// - Parameter averagesKeys: the sums are means over the keys, which matters only beside ε.
  init(linear inputs: AttentionInputs, phi: Phi, epsilon: Float, averagesKeys: Bool) {
    var queries = inputs.queries.mapped(phi, isKeys: false)
    let keys = inputs.keys.mapped(phi, isKeys: true)
    let share = averagesKeys ? 1 / Float(keys.tokens) : 1
    let normaliserQueries = inputs.normaliserQueries?.mapped(phi, isKeys: false) ?? queries
    let normaliserKeys = inputs.normaliserKeys?.mapped(phi, isKeys: true) ?? keys
    let normaliser = Self.normaliser(
      normaliserQueries, normaliserKeys, share: Double(share), epsilon: Double(epsilon))
    if share != 1 { for index in queries.values.indices { queries.values[index] *= share } }
    self.init(kind: .linear, queries: queries, keys: keys, normaliser: normaliser)
  }

  /// share·φ(q_i)·Σ_j φ(k_j) + ε, the sums over a query's window, in Double.
  private static func normaliser(
    _ queries: HeadFeatures, _ keys: HeadFeatures, share: Double, epsilon: Double
  ) -> [Float] {
    let width = queries.width
    var result: [Float] = []
    result.reserveCapacity(queries.heads * queries.windows * queries.tokens)
    for group in 0..<queries.heads * queries.windows {
      var sums = [Double](repeating: 0, count: width)
      let firstKey = group * keys.tokens * width
      for start in stride(from: firstKey, to: firstKey + keys.tokens * width, by: width) {
        for feature in 0..<width { sums[feature] += Double(keys.values[start + feature]) }
      }
      let firstQuery = group * queries.tokens * width
      for start in stride(from: firstQuery, to: firstQuery + queries.tokens * width, by: width) {
        var product = 0.0
        for feature in 0..<width { product += Double(queries.values[start + feature]) * sums[feature] }
        result.append(Float(share * product + epsilon))
      }
    }
    return result
  }

  /// The factors of a softmax attention. O(N²·M), by rows, on some threads; nil takes one a processor.
  init(softmax inputs: AttentionInputs, scale: Float, addends: SoftmaxAddends?, threads: Int? = nil) {
    var queries = inputs.queries
    for index in queries.values.indices { queries.values[index] *= scale }
    let zeros = [Float](repeating: 0, count: queries.heads * queries.windows * queries.tokens)
    let bare = AttentionFactors(
      kind: .softmax, queries: queries, keys: inputs.keys, normaliser: zeros, addends: addends)
    let parts = concurrentMap(queries.heads * queries.windows, threads: threads) { part in
      bare.logarithms(head: part / bare.windows, window: part % bare.windows)
    }
    self.init(
      kind: .softmax, queries: queries, keys: inputs.keys, normaliser: parts.flatMap { $0 }, addends: addends)
  }

  /// log Σ_j exp(q_i·k_j + b_ij) of a window's queries: the greatest logit less the logarithm of its share.
  private func logarithms(head: Int, window: Int) -> [Float] {
    let rows = WeightRows(
      self, heads: head..<head + 1, window: window, keys: Array(0..<windowKeys), depthwise: { _ in nil })
    let scratch = WeightRows.Scratch(self)
    let all = Array(0..<windowQueries)
    return stride(from: 0, to: windowQueries, by: WeightRows.Scratch.limit).flatMap { start in
      rows.logarithmsOfSums(
        head: head, queries: all[start..<min(start + WeightRows.Scratch.limit, windowQueries)], scratch)
    }
  }
}
