/// Swin's relative position bias, which softmax attention adds to its scores.
package enum RelativeBias {
  /// (heads, N, N): the learned bias of each pair of positions in a window of `window` × `window`, from a
  /// table of ((2w − 1)², heads).
  package static func spread(_ table: [Float], window: Int, heads: Int) -> [Float] {
    let count = window * window
    var bias = [Float](repeating: 0, count: heads * count * count)
    for i in 0..<count {
      for j in 0..<count {
        let rows = i / window - j / window + window - 1
        let columns = i % window - j % window + window - 1
        let entry = (rows * (2 * window - 1) + columns) * heads
        for head in 0..<heads { bias[(head * count + i) * count + j] = table[entry + head] }
      }
    }
    return bias
  }
}
