import Foundation
import FoveaGraph

/// Linear attention in which a token sees only itself and earlier ones (Katharopoulos et al., "Transformers
/// are RNNs", ICML 2020), with an optional causal depthwise convolution of the values:
///
/// y_i = φ(q_i) Σ_{j ≤ i} φ(k_j)ᵀ v_j / (φ(q_i) · Σ_{j ≤ i} φ(k_j) + ε) + Σ_t w_t ⊙ v_{i − t}, in each head.
///
/// Three evaluations give the same answer up to rounding: `parallel`, O(N²), in one go with a mask; `chunked`,
/// O(N·(G + D)) with groups of G tokens; and `step`, one token at a time with a state of constant size.
/// Queries, keys, values and answers are (N, C), row-major, C = heads · D.
public struct CausalLinearAttention: Sendable {
  /// Heads.
  public let heads: Int
  /// D, the width of a head.
  public let headDimension: Int
  /// φ; a map without parameters.
  public let features: AttentionFeatures
  /// ε.
  public let epsilon: Float
  /// w, (C, K): w[c][t] weighs the value t tokens earlier; empty for none.
  public let depthwise: [Float]

  /// C.
  public var channels: Int { heads * headDimension }
  /// K, the tokens that the depthwise convolution sees; 0 without one.
  public var kernel: Int { depthwise.count / channels }

  /// A layer; traps where φ needs parameters or w is no whole number of taps for every channel.
  public init(
    heads: Int, headDimension: Int, features: AttentionFeatures, epsilon: Float = 1e-6,
    depthwise: [Float] = []
  ) {
    switch features {
    case .identity, .relu, .eluPlusOne: break
    case .focused, .positiveRandom: preconditionFailure("causal attention takes φ without parameters")
    }
    precondition(
      depthwise.count.isMultiple(of: heads * headDimension),
      "\(depthwise.count) weights are no whole number of taps for \(heads * headDimension) channels")
    self.heads = heads
    self.headDimension = headDimension
    self.features = features
    self.epsilon = epsilon
    self.depthwise = depthwise
  }

  /// All tokens at once, every pair of them compared. O(N²·C).
  public func parallel(queries: [Float], keys: [Float], values: [Float]) -> [Float] {
    chunked(queries: queries, keys: keys, values: values, chunk: max(1, queries.count / channels))
  }

  /// All tokens, in groups: pairs are compared within a group, what came before is a sum. O(N·(G + D)·C).
  public func chunked(queries: [Float], keys: [Float], values: [Float], chunk: Int) -> [Float] {
    let count = tokens(queries, keys, values)
    precondition(chunk > 0, "a group has at least one token, not \(chunk)")
    var (state, answers) = (CausalState(self), [Float](repeating: 0, count: values.count))
    let (q, k) = (queries.map(phi), keys.map(phi))
    for start in stride(from: 0, to: count, by: chunk) {
      let group = start..<min(start + chunk, count)
      for token in group {
        for head in 0..<heads { answer(token, group, head, q, k, values, state, &answers) }
      }
      for token in group { state.add(k[row: token, channels], values[row: token, channels], self) }
    }
    for token in 0..<count { addDepthwise(token, values, &answers) }
    return answers
  }

  /// The next token's answer from its query, key and value, (C) each. O(C·(D + K)), whatever came before.
  public func step(
    query: some Collection<Float>, key: some Collection<Float>, value: some Collection<Float>,
    state: inout CausalState
  ) -> [Float] {
    let (q, k, v) = (query.map(phi), key.map(phi), Array(value))
    _ = tokens(q, k, v)
    state.add(k[...], v[...], self)
    state.remember(v, kernel: kernel)
    var answers = [Float](repeating: 0, count: channels)
    for head in 0..<heads { answer(0, 0..<0, head, q, k, v, state, &answers) }
    for channel in 0..<channels {
      for (age, value) in state.recentValues.enumerated() {
        answers[channel] += depthwise[channel * kernel + age] * value[channel]
      }
    }
    return answers
  }

  /// One token's answer in one head: the state's sums, and the tokens of a group up to its own.
  private func answer(
    _ token: Int, _ group: Range<Int>, _ head: Int, _ q: [Float], _ k: [Float], _ values: [Float],
    _ state: CausalState, _ answers: inout [Float]
  ) {
    let (width, first) = (headDimension, head * headDimension)
    let query = q[row: token, channels].dropFirst(first).prefix(width)
    var denominator = zip(query, state.totals[first...]).reduce(epsilon) { $0 + $1.0 * $1.1 }
    var numerator = [Float](repeating: 0, count: width)
    for (index, feature) in query.enumerated() {
      let row = (first + index) * width
      for column in 0..<width { numerator[column] += feature * state.products[row + column] }
    }
    for earlier in group.prefix(while: { $0 <= token }) {
      let key = k[row: earlier, channels].dropFirst(first)
      let weight = zip(query, key).reduce(0) { $0 + $1.0 * $1.1 }
      denominator += weight
      let value = earlier * channels + first
      for column in 0..<width { numerator[column] += weight * values[value + column] }
    }
    for column in 0..<width { answers[token * channels + first + column] = numerator[column] / denominator }
  }

  private func addDepthwise(_ token: Int, _ values: [Float], _ answers: inout [Float]) {
    for age in 0..<min(kernel, token + 1) {
      for channel in 0..<channels {
        answers[token * channels + channel] +=
          depthwise[channel * kernel + age] * values[(token - age) * channels + channel]
      }
    }
  }

  private func phi(_ x: Float) -> Float {
    switch features {
    case .relu: max(x, 0)
    case .eluPlusOne: x > 0 ? x + 1 : exp(x)
    case .identity, .focused, .positiveRandom: x
    }
  }

  private func tokens(_ queries: [Float], _ keys: [Float], _ values: [Float]) -> Int {
    precondition(
      queries.count.isMultiple(of: channels) && keys.count == queries.count && values.count == queries.count,
      "q, k and v have \(queries.count), \(keys.count) and \(values.count) elements for \(channels) channels")
    return queries.count / channels
  }
}
