/// φ of linear attention: positive features whose products are the weights.
public enum FeatureMap: Sendable, Hashable {
  /// The features are the inputs themselves (computed by earlier operations).
  case identity
  /// max(x, 0): EfficientViT.
  case relu
  /// ELU(x) + 1.
  case eluPlusOne
  /// FLatten's focused map on the whole channel vector u = (max(x, 0) + offset) / softplus(scale):
  /// |u| · uᵖ / |uᵖ| (eq. 3 and 4 of the paper).
  case focused(power: Float, offset: Float, scale: Parameter)
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
  public var featureMap: FeatureMap
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

  /// The focusing scale, where there is one.
  public var parameters: [Parameter] {
    if case .focused(_, _, let scale) = featureMap { [scale] } else { [] }
  }

  /// Σ φ(k)ᵀ v over the keys and φ(q) times it: (N_k + N_q)·heads·D·D.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int {
    let keyRows = layout == .separate ? inputs[1].rows : output.rows
    return (keyRows + output.rows) * output.channels * headDimension
  }
}
