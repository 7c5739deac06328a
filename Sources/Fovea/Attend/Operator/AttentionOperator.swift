/// The matrix of one head, or of the mean of several: A, or A + T with the depthwise term, window by window.
///
/// Slots count within a window. Nothing here holds more than a few vectors of a window's length.
struct AttentionOperator: Sendable {
  let factors: AttentionFactors
  let heads: Range<Int>
  let depthwise: DepthwiseMatrix?

  var queries: Int { factors.windowQueries }
  var keys: Int { factors.windowKeys }
  /// The same without the depthwise term.
  var alone: AttentionOperator { AttentionOperator(factors: factors, heads: heads, depthwise: nil) }

  /// What sums of linear weights are multiplied by until they are whole. Focused features of channels that ReLU
  /// closed are near 10⁻¹⁸, their products would be subnormal, and those take a hundred times as long.
  private var lift: Float { factors.kind == .linear ? 0x1p60 : 1 }

  /// The row of a query, over its window's keys. O(heads·N·M).
  func row(window: Int, query: Int) -> [Float] {
    vector(keys) { row in
      for head in heads {
        factors.addRow(
          head: head, window: window, query: query, share: lift / Float(heads.count), to: row)
      }
      for key in row.indices { row[key] /= lift }
      depthwise?.forEachWeight(ofQuery: query) { row[$0] += $1 }
    }
  }

  /// The rows of some queries of a window: tile by tile of its keys, which stay in cache while every query of
  /// the list reads them.
  func rows(window: Int, queries list: [Int]) -> [[Float]] {
    guard factors.kind == .linear else { return list.map { row(window: window, query: $0) } }
    var rows = list.map { _ in [Float](repeating: 0, count: keys) }
    for head in heads {
      for start in stride(from: 0, to: keys, by: 512) {
        for (place, query) in list.enumerated() {
          rows[place].withUnsafeMutableBufferPointer {
            factors.addRow(
              head: head, window: window, query: query, share: lift / Float(heads.count), to: $0,
              keys: start..<min(start + 512, keys))
          }
        }
      }
    }
    for (place, query) in list.enumerated() {
      rows[place].withUnsafeMutableBufferPointer { row in
        for key in 0..<row.count { row[key] /= lift }
        depthwise?.forEachWeight(ofQuery: query) { row[$0] += $1 }
      }
    }
    return rows
  }

  /// The column of a key, over its window's queries. O(heads·N·M).
  func column(window: Int, key: Int) -> [Float] {
    vector(queries) { column in
      for head in heads {
        factors.addColumn(
          head: head, window: window, key: key, share: 1 / Float(heads.count), to: column)
      }
      depthwise?.addColumn(key: key, queries: queries, to: column)
    }
  }

  /// A_ij of linear attention, without the depthwise term. O(heads·M).
  func entry(window: Int, query: Int, key: Int) -> Float {
    let width = factors.features
    return factors.queries.withUnsafeBufferPointer { queries in
      factors.keys.withUnsafeBufferPointer { keys in
        guard let queryBase = queries.baseAddress, let keyBase = keys.baseAddress else { return 0 }
        var sum: Float = 0
        for head in heads {
          let row = head * factors.queryCount + window * self.queries + query
          let column = head * factors.keyCount + window * self.keys + key
          sum +=
            dotProduct(queryBase + row * width, keyBase + column * width, width) / factors.normaliser[row]
        }
        return sum / Float(heads.count)
      }
    }
  }

  private func vector(
    _ count: Int, _ write: (UnsafeMutableBufferPointer<Float>) -> Void
  ) -> [Float] {
    [Float](unsafeUninitializedCapacity: count) { buffer, initialized in
      buffer.initialize(repeating: 0)
      initialized = count
      write(UnsafeMutableBufferPointer(rebasing: buffer[..<count]))
    }
  }
}
