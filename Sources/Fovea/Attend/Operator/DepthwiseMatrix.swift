/// T of one kernel, over the slots of a window.
struct DepthwiseMatrix: Sendable {
  let term: DepthwiseTerm
  let kernel: [Float]

  /// The kernel of a head, or the mean over some heads.
  init(_ term: DepthwiseTerm, heads: Range<Int>, channel: Int?) {
    self.term = term
    var sum = [Double](repeating: 0, count: term.side * term.side)
    for head in heads {
      for (tap, weight) in term.kernel(head: head, channel: channel).enumerated() {
        sum[tap] += Double(weight)
      }
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

  /// Adds T x, or Tᵀ x, to a vector. O(N·side²).
  func addProduct(with x: [Double], to y: inout [Double], isTransposed: Bool) {
    guard term.sources == nil else {
      for query in term.leading..<term.leading + term.height * term.width {
        forEachWeight(ofQuery: query) { key, weight in
          if isTransposed { y[key] += Double(weight) * x[query] } else { y[query] += Double(weight) * x[key] }
        }
      }
      return
    }
    // Tap by tap, a row at a time: the transposed matrix has the kernel turned about its middle.
    let (reach, area) = (term.side / 2, term.side * term.side)
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        for tap in 0..<area {
          let weight = Double(kernel[isTransposed ? area - 1 - tap : tap])
          let (dy, dx) = (tap / term.side - reach, tap % term.side - reach)
          let (first, last) = (max(0, -dx), min(term.width, term.width - dx))
          guard first < last else { continue }
          for row in max(0, -dy)..<max(0, -dy, min(term.height, term.height - dy)) {
            let (to, from) = (
              term.leading + row * term.width, term.leading + (row + dy) * term.width + dx
            )
            for column in first..<last { y[to + column] += weight * x[from + column] }
          }
        }
      }
    }
  }
}
