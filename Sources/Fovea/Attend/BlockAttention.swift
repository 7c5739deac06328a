/// Which of a block's matrices is meant: A_h alone, or with its depthwise term T_c added.
public enum DepthwiseChoice: Sendable, Hashable {
  /// A_h plus the mean of T_c over the head's channels.
  case mean
  /// A_h plus T_c of one channel of the head, from 0.
  case channel(Int)
  /// A_h, the attention alone.
  case without
}

/// The attention of one block, on one picture, exactly.
///
/// Maps are values of tokens: the leading ones (class tokens) first, then the pixels of the block's grid row by
/// row. Heads count from 0; nil means the mean over all heads. In windows a map is zero outside its window, and
/// the padding's share is left out.
public struct BlockAttention: Sendable {
  /// The block's dotted path, e.g. `backbone.stages.3.1.attention`.
  public let path: String
  /// φ, or "softmax": `relu`, `elu+1`, `focused-3`, `performer`, `softmax`.
  public let kernel: String
  /// Rows of the queries' grid.
  public let height: Int
  /// Columns of the queries' grid.
  public let width: Int
  /// Rows of the keys' grid.
  public let keyHeight: Int
  /// Columns of the keys' grid.
  public let keyWidth: Int
  /// Tokens before those of the grids: 1 where a class token attends with the rest.
  public let leadingTokens: Int
  /// The windows' rows, columns and shift, where the attention does not see the whole map.
  public let window: (height: Int, width: Int, shift: Int)?
  /// What the weights are made of.
  public let factors: AttentionFactors
  /// The depthwise term beside the attention, where there is one.
  public let depthwise: DepthwiseTerm?
  /// True where weights can be negative or a row's sum is not one by its kind.
  public let isSigned: Bool

  let queryLayout: TokenLayout
  let keyLayout: TokenLayout
  /// The queries and keys before φ, for comparisons.
  let compared: ComparedInputs

  /// Tokens that ask, the leading ones included.
  public var queryCount: Int { queryLayout.count }
  /// Tokens that are looked at, the leading ones included.
  public var keyCount: Int { keyLayout.count }

  /// The matrix of a head, or the mean over all.
  func matrix(head: Int?, _ choice: DepthwiseChoice) -> AttentionOperator {
    let heads = head.map { $0..<$0 + 1 } ?? 0..<factors.heads
    precondition(heads.upperBound <= factors.heads, "\(path) has \(factors.heads) heads, not head \(heads)")
    let channel: Int? = if case .channel(let channel) = choice { channel } else { nil }
    let term = choice == .without ? nil : depthwise
    return AttentionOperator(factors: factors, heads: heads, term: term, channel: channel)
  }

  /// The weights that a query gives to every key: `keyCount` values. O(N·M) a head.
  public func row(query: Int, head: Int? = nil, _ choice: DepthwiseChoice = .mean) -> [Float] {
    let (window, slot) = queryLayout.place(of: query)
    return keyLayout.scattered(matrix(head: head, choice).row(window: window, query: slot), window: window)
  }

  /// The weights that every query gives to a key, who looks here: `queryCount` values. O(N·M) a head.
  public func column(key: Int, head: Int? = nil, _ choice: DepthwiseChoice = .mean) -> [Float] {
    let (window, slot) = keyLayout.place(of: key)
    return queryLayout.scattered(
      matrix(head: head, choice).column(window: window, key: slot), window: window)
  }

  /// The sum over all queries of what each key gets: `keyCount` values. O(N·M) a head; softmax O(N²·M).
  public func received(head: Int? = nil, _ choice: DepthwiseChoice = .mean) -> [Float] {
    let matrix = matrix(head: head, choice)
    return sums(over: keyLayout) { window in
      matrix.transposed(appliedTo: queryLayout.presence(window: window), window: window)
    }
  }

  /// The sum of every query's row: `queryCount` values. O(N·M) a head; softmax O(N²·M).
  public func rowSums(head: Int? = nil, _ choice: DepthwiseChoice = .mean) -> [Float] {
    let matrix = matrix(head: head, choice)
    return sums(over: queryLayout) { window in
      matrix.applied(to: keyLayout.presence(window: window), window: window)
    }
  }

  private func sums(over layout: TokenLayout, _ values: (Int) -> [Double]) -> [Float] {
    var map = [Float](repeating: 0, count: layout.count)
    for window in 0..<layout.windows {
      for (slot, value) in values(window).enumerated() {
        let token = layout.tokens[window * layout.slots + slot]
        if token >= 0 { map[Int(token)] = Float(value) }
      }
    }
    return map
  }
}

extension TokenLayout {
  /// One for each slot that holds a token, zero for padding.
  func presence(window: Int) -> [Double] {
    tokens[window * slots..<(window + 1) * slots].map { $0 < 0 ? 0 : 1 }
  }
}
