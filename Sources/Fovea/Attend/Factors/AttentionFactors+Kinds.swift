import FoveaEngine
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

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

  /// The factors of a softmax attention. O(N²·M), by rows.
  init(softmax inputs: AttentionInputs, scale: Float, addends: SoftmaxAddends?) {
    var queries = inputs.queries
    for index in queries.values.indices { queries.values[index] *= scale }
    let zeros = [Float](repeating: 0, count: queries.heads * queries.windows * queries.tokens)
    let bare = AttentionFactors(
      kind: .softmax, queries: queries, keys: inputs.keys, normaliser: zeros, addends: addends)
    var normaliser = zeros
    var logits = [Float](repeating: 0, count: inputs.keys.tokens)
    for head in 0..<bare.heads {
      for window in 0..<bare.windows {
        for query in 0..<bare.windowQueries {
          for key in logits.indices { logits[key] = 0 }
          bare.writeLogits(head: head, window: window, query: query, to: &logits)
          let greatest = logits.max() ?? 0
          var sum = 0.0
          for logit in logits { sum += Double(exp(logit - greatest)) }
          normaliser[head * bare.queryCount + window * bare.windowQueries + query] =
            greatest + Float(log(sum))
        }
      }
    }
    self.init(kind: .softmax, queries: queries, keys: inputs.keys, normaliser: normaliser, addends: addends)
  }
}
