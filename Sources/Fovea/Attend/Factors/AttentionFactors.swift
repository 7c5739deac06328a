/// What the weights of an attention are made of, so that the N×N matrix is never formed.
///
/// Linear: A_ij = φ(q_i)·φ(k_j) / z_i with the normaliser z_i = φ(q_i)·Σ_j φ(k_j) + ε. Softmax:
/// A_ij = exp(q_i·k_j + b_ij − z_i) with q scaled, b the bias and mask, and z_i the logarithm of the row's sum.
/// Tokens lie in slots of windows, one window where the attention sees the whole map; a window's tokens follow
/// one another. N counts the slots of all windows.
public struct AttentionFactors: Sendable {
  /// How a weight follows from a query's and a key's features.
  public enum Kind: String, Sendable, Hashable {
    /// Their product, normalised.
    case linear
    /// The exponential of their product, normalised.
    case softmax
  }

  /// How a weight follows from the features.
  public let kind: Kind
  /// Heads.
  public let heads: Int
  /// M, the features of a head.
  public let features: Int
  /// Windows, each apart from the rest.
  public let windows: Int
  /// The queries of a window.
  public let windowQueries: Int
  /// The keys of a window.
  public let windowKeys: Int
  /// φ(q), or q times the scale: (heads, N, M).
  public let queries: [Float]
  /// φ(k), or k: (heads, N, M).
  public let keys: [Float]
  /// z, (heads, N). Zero plus ε where a ReLU left nothing of a query.
  public let normaliser: [Float]
  /// b, the bias and mask of a softmax.
  let addends: SoftmaxAddends?

  /// N of the queries.
  public var queryCount: Int { windows * windowQueries }
  /// N of the keys.
  public var keyCount: Int { windows * windowKeys }

  init(
    kind: Kind, queries: HeadFeatures, keys: HeadFeatures, normaliser: [Float], addends: SoftmaxAddends? = nil
  ) {
    self.kind = kind
    (heads, features, windows) = (queries.heads, queries.width, queries.windows)
    (windowQueries, windowKeys) = (queries.tokens, keys.tokens)
    (self.queries, self.keys) = (queries.values, keys.values)
    self.normaliser = normaliser
    self.addends = addends
  }
}
