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

  /// The row of a query, over its window's keys. O(heads·N·M).
  func row(window: Int, query: Int) -> [Float] {
    vector(keys) { row in
      for head in heads {
        factors.addRow(
          head: head, window: window, query: query, share: 1 / Float(heads.count), to: row)
      }
      depthwise?.forEachWeight(ofQuery: query) { row[$0] += $1 }
    }
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
