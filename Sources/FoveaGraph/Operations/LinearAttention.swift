/// φ of linear attention: positive features whose products are the weights.
public enum AttentionFeatures: Sendable, Hashable {
  /// The features are the inputs themselves (computed by earlier operations).
  case identity
  /// max(x, 0): EfficientViT.
  case relu
  /// ELU(x) + 1.
  case eluPlusOne
  /// FLatten's focused map on the whole channel vector u = (max(x, 0) + offset) / softplus(scale):
  /// |u| · uᵖ / |uᵖ| (eq. 3 and 4 of the paper).
  case focused(power: Float, offset: Float, scale: Parameter)
  /// Performer's positive random features of each head's vector x (FAVOR+, eq. 5 of the paper): M features
  /// φ(x)_m = exp(w_m·u − |u|²/2 − s) / √M with u = x / D^¼ and w_m the rows of the parameter, (M, D).
  ///
  /// s keeps the exponential finite and cancels: for a query the greatest w_m·u − |u|²/2 of its own
  /// features, for the keys the greatest over all keys and features of the head in one image.
  case positiveRandom(Parameter)
}

/// Linear attention, O(N): y_i = φ(q_i) Σ_j φ(k_j)ᵀ v_j / (φ(q_i) · Σ_j φ(k_j) + ε), in each head.
///
/// Queries, keys and values arrive as maps; H and W of the queries' map are the output's. The N×N matrix
/// of weights is never formed.
public struct LinearAttention: OperationRules {
  /// How queries, keys and values arrive.
  public enum Layout: Sendable, Hashable {
    /// Inputs q, k, v; each (B, H, W, heads·D), head by head; optionally then the normaliser's own q and k.
    case separate
    /// Every input holds heads of (q, k, v) of D channels each, one after the other: EfficientViT's
    /// multi-scale tokens. Several inputs are more heads.
    case interleaved
  }

  /// D, the width of a head.
  public var headDimension: Int
  /// φ.
  public var featureMap: AttentionFeatures
  /// How the inputs are laid out.
  public var layout: Layout
  /// ε, added to the normaliser; it belongs to the checkpoint.
  public var epsilon: Float
  /// True where the sums over the keys are means (divided by N), which matters only beside ε.
  public var averagesKeys: Bool
  /// True where a map of at most D tokens takes the quadratic order, as EfficientViT's published code does.
  public var isQuadraticAtFewTokens: Bool

  /// Heads for a number of channels of one input.
  public func heads(channels: Int) -> Int {
    layout == .separate ? channels / headDimension : channels / (3 * headDimension)
  }

  /// (B, H, W, heads·D) on the queries' grid.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    var output = inputs[0]
    switch layout {
    case .separate:
      guard inputs[1].batch == output.batch, inputs[2].tokens == inputs[1].tokens else {
        throw ShapeError("queries \(inputs[0]), keys \(inputs[1]) and values \(inputs[2]) do not match")
      }
      output.channels = inputs[2].channels
    case .interleaved:
      output.channels = inputs.map(\.channels).reduce(0, +) / 3
    }
    return output
  }

  /// The width of φ(x): D, or the number of random features.
  public var featureDimension: Int {
    if case .positiveRandom(let rows) = featureMap { rows.shape[0] } else { headDimension }
  }

  /// The focusing scale or the random features, where there are any.
  public var parameters: [Parameter] {
    switch featureMap {
    case .focused(_, _, let scale): [scale]
    case .positiveRandom(let rows): [rows]
    case .identity, .relu, .eluPlusOne: []
    }
  }

  /// Products as the published codes have them: Σ φ(k)ᵀ v and φ(q) times it are (N_k + N_q)·heads·D·D, and
  /// the normaliser N_q·heads·D; interleaved values carry a row of ones instead, 2·N·heads·D·(D + 1), unless
  /// N ≤ D takes the quadratic order, 2·N²·heads·D.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int {
    switch layout {
    case .separate:
      return ((inputs[1].rows + output.rows) * output.channels + inputs[0].elements / headDimension)
        * featureDimension
    case .interleaved:
      let isQuadratic = isQuadraticAtFewTokens && output.tokens <= headDimension
      return 2 * output.rows * output.channels * (isQuadratic ? output.tokens : headDimension + 1)
    }
  }
}
