/// The attention of one block, on one picture.
public struct BlockAttention: Sendable {
  /// The block's dotted path, e.g. `backbone.stages.3.1.attention`.
  public let path: String
  /// Rows of the grid on which queries and keys lie.
  public let height: Int
  /// Columns of that grid.
  public let width: Int
  /// What the weights are made of.
  public let factors: AttentionFactors

  /// The weights of a query on every key, (H, W): in a head, or their mean over the heads. O(N·M) a head.
  public func row(query: Int, head: Int? = nil) -> [Float] {
    mean(head) { factors.row(query, head: $0) }
  }

  /// The weights of every query on a key, (H, W): in a head, or their mean over the heads. O(N·M) a head.
  public func column(key: Int, head: Int? = nil) -> [Float] {
    mean(head) { factors.column(key, head: $0) }
  }

  /// What every token receives from all queries, (H, W): in a head, or the mean over the heads. O(N·M) a head.
  public func received(head: Int? = nil) -> [Float] {
    mean(head) { factors.received(head: $0) }
  }

  private func mean(_ head: Int?, _ map: (Int) -> [Float]) -> [Float] {
    if let head { return map(head) }
    var sum = map(0)
    for head in 1..<max(1, factors.heads) {
      for (token, weight) in map(head).enumerated() { sum[token] += weight }
    }
    return sum.map { $0 / Float(factors.heads) }
  }
}
