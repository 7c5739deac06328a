import FoveaEngine

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

  /// Adds T x, or Tᵀ x, to vectors side by side: (slots, lanes) each. O(N·side²·lanes).
  func addProduct(with x: [Double], to y: inout [Double], lanes: Int, isTransposed: Bool) {
    x.withUnsafeBufferPointer { x in
      y.withUnsafeMutableBufferPointer { y in
        guard let x = x.baseAddress, let y = y.baseAddress else { return }
        guard term.sources == nil else {
          return addInterpolated(with: x, to: y, lanes: lanes, isTransposed: isTransposed)
        }
        var taps = Taps()
        // columns that see the whole kernel at once, those near a border each apart
        let reach = term.side / 2
        let middle = max(0, term.width - 2 * reach)
        for row in 0..<term.height {
          for column in 0..<min(reach, term.width) {
            addRun(row, column, 1, x, y, lanes: lanes, isTransposed, &taps)
          }
          if middle > 0 { addRun(row, reach, middle, x, y, lanes: lanes, isTransposed, &taps) }
          for column in max(reach, term.width - reach)..<max(reach, term.width) {
            addRun(row, column, 1, x, y, lanes: lanes, isTransposed, &taps)
          }
        }
      }
    }
  }

  /// Where the taps of a run lie, and their weights.
  private struct Taps {
    var inputs: [UnsafePointer<Double>?] = []
    var weights: [Double] = []
  }

  /// Adds the products of a run of slots that see the same taps; the transposed matrix has the kernel turned
  /// about its middle.
  private func addRun(
    _ row: Int, _ column: Int, _ count: Int, _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>,
    lanes: Int, _ isTransposed: Bool, _ taps: inout Taps
  ) {
    let (side, reach) = (term.side, term.side / 2)
    taps.inputs.removeAll(keepingCapacity: true)
    taps.weights.removeAll(keepingCapacity: true)
    for dy in max(-reach, -row)...min(reach, term.height - 1 - row) {
      for dx in max(-reach, -column)...min(reach, term.width - column - count) {
        let tap = (dy + reach) * side + dx + reach
        taps.weights.append(Double(kernel[isTransposed ? side * side - 1 - tap : tap]))
        taps.inputs.append(x + (term.leading + (row + dy) * term.width + column + dx) * lanes)
      }
    }
    AnalysisKernels.current.addWeightedSum(
      of: taps.inputs, weights: taps.weights, count: count * lanes,
      to: y + (term.leading + row * term.width + column) * lanes)
  }

  private func addInterpolated(
    with x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>, lanes: Int, isTransposed: Bool
  ) {
    for query in term.leading..<term.leading + term.height * term.width {
      forEachWeight(ofQuery: query) { key, weight in
        let (to, from) = isTransposed ? (key, query) : (query, key)
        for lane in 0..<lanes { y[to * lanes + lane] += Double(weight) * x[from * lanes + lane] }
      }
    }
  }
}
