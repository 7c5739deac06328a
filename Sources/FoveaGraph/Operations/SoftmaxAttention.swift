/// Softmax attention, O(N²): y_i = Σ_j softmax_j(q_i·k_j · scale + bias_ij + mask_ij) v_j, in each head.
///
/// Inputs q, k, v: (B, H, W, heads·D), head by head; windows come as a batch. Output on the queries' grid.
public struct SoftmaxAttention: OperationRules {
  /// A learned bias for each head and relative position in a window (Swin): for the query at (y, x) and the
  /// key at (y', x') it is row (y − y' + window − 1)·(2·window − 1) + x − x' + window − 1 of the table.
  public struct RelativeBias: Sendable, Hashable {
    /// ((2·window − 1)², heads).
    public var table: Parameter
    /// The height and width of the windows.
    public var window: Int

    /// The bias of a table for square windows.
    public init(table: Parameter, window: Int) {
      self.table = table
      self.window = window
    }
  }

  /// Which keys a query may not see.
  public enum Mask: Sendable, Hashable {
    /// Every key is seen.
    case none
    /// Windows of a map, which is the last input: −100 is added to the product of a query with a key in the
    /// padding, and with a shift to that of two tokens which the cyclic move brought together.
    ///
    /// With n·h×m·w the padded map and r = i·h + y the row of position y of window (i, j) after the move (c its
    /// column alike): a key is hidden where its pixel (r + shift) mod n·h is not less than H (or its column
    /// not less than W), or where exactly one of query and key has r ≥ n·h − shift (or c ≥ m·w − shift).
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

  /// Queries, keys and values: the map whose windows they are gives its grid.
  public func elementInputs(of count: Int) -> Int { 3 }

  /// The bias table, where there is one.
  public var parameters: [Parameter] { bias.map { [$0.table] } ?? [] }

  /// q·kᵀ and weights·v: N_q·N_k·(C_k + C_v).
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int {
    let products = Double(output.rows) * Double(inputs[1].tokens * (inputs[1].channels + inputs[2].channels))
    return Int(min(products, 0x1p52))  // past that no run ends, and sums stay whole numbers
  }
}
