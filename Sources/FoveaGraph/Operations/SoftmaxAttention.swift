/// Softmax attention, O(N²): y_i = Σ_j softmax_j(q_i·k_j · scale + bias_ij + mask_ij) v_j, in each head.
///
/// Inputs q, k, v: (B, H, W, heads·D), head by head; windows come as a batch. Output on the queries' grid.
public struct SoftmaxAttention: OperationRules {
  /// A learned bias for each head and relative position in a window (Swin).
  public struct RelativeBias: Sendable, Hashable {
    /// ((2h − 1)·(2w − 1), heads).
    public var table: Parameter
    /// h and w of the window that the table was trained for.
    public var window: Int
  }

  /// Which keys a query may not see.
  public enum Mask: Sendable, Hashable {
    /// Every key is seen.
    case none
    /// Windows of a map: keys in the padding are hidden (−100), and with a shift those from across the map's
    /// border. The last input is the map that was partitioned.
    case windows(WindowSize, shift: Int)
  }

  /// Heads.
  public var heads: Int
  /// The factor on the products, usually 1/√D.
  public var scale: Float
  /// The relative position bias, where there is one.
  public var bias: RelativeBias?
  /// The hidden keys.
  public var mask: Mask = .none

  /// The queries' grid with the values' channels.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[1].batch == inputs[0].batch, inputs[2].tokens == inputs[1].tokens else {
      throw ShapeError("queries \(inputs[0]), keys \(inputs[1]) and values \(inputs[2]) do not match")
    }
    var output = inputs[0]
    output.channels = inputs[2].channels
    return output
  }

  /// The bias table, where there is one.
  public var parameters: [Parameter] { bias.map { [$0.table] } ?? [] }

  /// q·kᵀ and weights·v: N_q·N_k·(C_k + C_v).
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int {
    output.rows * inputs[1].tokens * (inputs[1].channels + inputs[2].channels)
  }
}
