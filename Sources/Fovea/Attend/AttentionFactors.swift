import FoveaEngine
import FoveaGraph

/// What the weights of a linear attention are made of: A_ij = s·φ(q_i)·φ(k_j) / (s·φ(q_i)·Σ_j φ(k_j) + ε).
///
/// Row i is the query's, column j the key's. The N×N matrix is never formed: a row costs O(N·M) for M features,
/// what all queries give every key O(N·M) as well.
public struct AttentionFactors: Sendable {
  /// Heads.
  public let heads: Int
  /// M, the features of a head.
  public let features: Int
  /// N of the queries.
  public let queryCount: Int
  /// N of the keys.
  public let keyCount: Int
  /// φ(q) times s, (heads, N, M).
  public let queries: [Float]
  /// φ(k), (heads, N, M).
  public let keys: [Float]
  /// s·φ(q_i)·Σ_j φ(k_j) + ε, (heads, N). Zero plus ε where a ReLU left nothing of a query.
  public let normaliser: [Float]

  /// A_ij for one query and every key, in a head. O(N·M).
  public func row(_ query: Int, head: Int) -> [Float] {
    let divisor = normaliser[head * queryCount + query]
    let start = (head * queryCount + query) * features
    let scaled = queries[start..<start + features].map { $0 / divisor }
    return products(scaled, with: keys, head: head, count: keyCount)
  }

  /// A_ij for one key and every query, in a head: who looks here. O(N·M).
  public func column(_ key: Int, head: Int) -> [Float] {
    let start = (head * keyCount + key) * features
    let weights = products(
      Array(keys[start..<start + features]), with: queries, head: head, count: queryCount)
    return weights.enumerated().map { $1 / normaliser[head * queryCount + $0] }
  }

  /// Σ_i A_ij for every key, in a head: the attention that each token receives. O(N·M).
  public func received(head: Int) -> [Float] {
    var sums = [Double](repeating: 0, count: features)
    for query in 0..<queryCount {
      let start = (head * queryCount + query) * features
      let divisor = Double(normaliser[head * queryCount + query])
      for feature in 0..<features { sums[feature] += Double(queries[start + feature]) / divisor }
    }
    return products(sums.map(Float.init), with: keys, head: head, count: keyCount)
  }

  /// vector · row for every row of a head's (N, M).
  private func products(_ vector: [Float], with rows: [Float], head: Int, count: Int) -> [Float] {
    rows.withUnsafeBufferPointer { rows in
      (0..<count).map { token in
        let start = (head * count + token) * features
        var sum: Float = 0
        for feature in 0..<features { sum += vector[feature] * rows[start + feature] }
        return sum
      }
    }
  }
}

extension AttentionFactors {
  /// The factors of an attention whose inputs were taken out of a run: one image.
  init(_ attention: LinearAttention, inputs: [FeatureMap], parameters: any ParameterSource) throws {
    let maps = attention.layout == .separate ? inputs.map { [$0] } : (0..<3).map { _ in inputs }
    let reader = FeatureReader(attention, parameters: parameters)
    let phiQuery = try reader.features(maps[0], part: 0)
    let phiKey = try reader.features(maps[1], part: 1)
    let hasOwnNormaliser = maps.count == 5
    let normaliserQuery = hasOwnNormaliser ? try reader.features(maps[3], part: 0) : phiQuery
    let normaliserKey = hasOwnNormaliser ? try reader.features(maps[4], part: 1) : phiKey
    let share: Float = attention.averagesKeys ? 1 / Float(phiKey.tokens) : 1
    heads = phiQuery.heads
    features = attention.featureDimension
    (queryCount, keyCount) = (phiQuery.tokens, phiKey.tokens)
    queries = share == 1 ? phiQuery.values : phiQuery.values.map { $0 * share }
    keys = phiKey.values
    normaliser = Self.normaliser(
      normaliserQuery, normaliserKey, share: Double(share), epsilon: Double(attention.epsilon))
  }

  private static func normaliser(
    _ queries: HeadFeatures, _ keys: HeadFeatures, share: Double, epsilon: Double
  ) -> [Float] {
    let features = queries.width
    var result = [Float](repeating: 0, count: queries.heads * queries.tokens)
    for head in 0..<queries.heads {
      var sums = [Double](repeating: 0, count: features)
      for token in 0..<keys.tokens {
        let start = (head * keys.tokens + token) * features
        for feature in 0..<features { sums[feature] += Double(keys.values[start + feature]) }
      }
      for token in 0..<queries.tokens {
        let start = (head * queries.tokens + token) * features
        var product = 0.0
        for feature in 0..<features { product += Double(queries.values[start + feature]) * sums[feature] }
        result[head * queries.tokens + token] = Float(share * product + epsilon)
      }
    }
    return result
  }
}
