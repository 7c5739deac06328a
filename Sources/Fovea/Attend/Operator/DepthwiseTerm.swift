/// The depthwise terms beside an attention (DWC, LePE) as matrices T_c, cut at the borders as the convolutions
/// are: T_c v_c is what they add to the attention, but for their bias.
///
/// A convolution sees the slots of a window on their grid, past the leading ones. Where the values lie on
/// another grid they are interpolated to it first, along the flattened tokens.
public struct DepthwiseTerm: Sendable {
  /// The side of the square kernels.
  public let side: Int
  /// (heads, D, side, side): the kernel of each channel, correlated with the values.
  public let kernels: [Float]
  /// Heads.
  public let heads: Int
  /// D, the channels of a head.
  public let channels: Int

  /// Rows of the grid that the kernels go over.
  public let height: Int
  /// Columns of that grid.
  public let width: Int
  /// Tokens before the grid's, which it leaves alone.
  public let leading: Int
  /// The values' tokens, where they are interpolated to the grid.
  public let sources: Int?

  /// The kernel of a channel of a head, or the mean over its channels: (side, side).
  public func kernel(head: Int, channel: Int?) -> [Float] {
    let area = side * side
    return (0..<area).map { tap in
      guard let channel else {
        let sum = (0..<channels).reduce(0.0) { $0 + Double(kernels[(head * channels + $1) * area + tap]) }
        return Float(sum / Double(channels))
      }
      return kernels[(head * channels + channel) * area + tap]
    }
  }
}

/// T of one kernel, over the slots of a window.
struct DepthwiseMatrix: Sendable {
  let term: DepthwiseTerm
  let kernel: [Float]

  /// The kernel of a head, or the mean over some heads.
  init(_ term: DepthwiseTerm, heads: Range<Int>, channel: Int?) {
    self.term = term
    var sum = [Double](repeating: 0, count: term.side * term.side)
    for head in heads {
      for (tap, weight) in term.kernel(head: head, channel: channel).enumerated() { sum[tap] += Double(weight) }
    }
    kernel = sum.map { Float($0 / Double(heads.count)) }
  }

  /// Calls for every T_ij ≠ 0 of a query's row with the key and the weight; a key may come again.
  @inline(__always)
  func forEachWeight(ofQuery query: Int, _ body: (_ key: Int, _ weight: Float) -> Void) {
    guard query >= term.leading else { return }
    let (y, x) = (query - term.leading).quotientAndRemainder(dividingBy: term.width)
    let reach = term.side / 2
    for row in max(0, y - reach)...min(term.height - 1, y + reach) {
      for column in max(0, x - reach)...min(term.width - 1, x + reach) {
        let weight = kernel[(row - y + reach) * term.side + column - x + reach]
        let position = row * term.width + column
        guard let sources = term.sources else {
          body(term.leading + position, weight)
          continue
        }
        let (first, second, part) = source(of: position, among: sources)
        body(first, weight * (1 - part))
        if part > 0 { body(second, weight * part) }
      }
    }
  }

  /// The two values between which a position's lies, and the second one's share (align_corners false).
  private func source(of position: Int, among count: Int) -> (first: Int, second: Int, part: Float) {
    let scale = Float(count) / Float(term.height * term.width)
    let place = max(0, scale * (Float(position) + 0.5) - 0.5)
    let first = min(Int(place), count - 1)
    return (first, min(first + 1, count - 1), place - Float(first))
  }

  /// Adds T_ij for all queries i of a key. O(side²) where values and queries share a grid, else O(N·side²).
  func addColumn(key: Int, queries: Int, to column: UnsafeMutableBufferPointer<Float>) {
    var rows = 0..<queries
    if term.sources == nil {
      guard key >= term.leading else { return }
      let reach = term.side / 2 * (term.width + 1)
      rows = max(term.leading, key - reach)..<min(queries, key + reach + 1)
    }
    for query in rows {
      forEachWeight(ofQuery: query) { if $0 == key { column[query] += $1 } }
    }
  }
}
