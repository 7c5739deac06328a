import FoveaEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The matrix of one head, or of the mean of several: A, or A + T with the depthwise term, window by window.
///
/// Slots count within a window. Nothing here holds more than a few vectors of a window's length.
struct AttentionOperator: Sendable {
  let factors: AttentionFactors
  let heads: Range<Int>
  /// The term's kernels, and which channel's is meant, nil for the mean.
  let term: DepthwiseTerm?
  let channel: Int?

  var queries: Int { factors.windowQueries }
  var keys: Int { factors.windowKeys }
  /// The mean of the heads' depthwise matrices.
  var depthwise: DepthwiseMatrix? { term.map { DepthwiseMatrix($0, heads: heads, channel: channel) } }
  /// The same without the depthwise term.
  var alone: AttentionOperator {
    AttentionOperator(factors: factors, heads: heads, term: nil, channel: nil)
  }

  /// Rows over the keys of a window, or over some of its slots.
  func weightRows(window: Int, keys: [Int]? = nil) -> WeightRows {
    WeightRows(factors, heads: heads, window: window, keys: keys ?? Array(0..<factors.windowKeys)) { head in
      term.map { DepthwiseMatrix($0, heads: head..<head + 1, channel: channel) }
    }
  }

  /// The row of a query, over its window's keys. O(heads·N·M).
  func row(window: Int, query: Int) -> [Float] {
    let rows = weightRows(window: window)
    let scratch = WeightRows.Scratch(factors)
    rows.writeSums(queries: [query], scratch)
    let share = 1 / (rows.unit * Float(heads.count))
    return (0..<keys).map { share * scratch.sums.floats[$0] }
  }

  /// The column of a key, over its window's queries. O(heads·N·M).
  func column(window: Int, key: Int) -> [Float] {
    var column = [Float](repeating: 0, count: queries)
    column.withUnsafeMutableBufferPointer { column in
      for head in heads { factors.addColumn(head: head, window: window, key: key, to: column) }
      for query in column.indices { column[query] /= Float(heads.count) }
      depthwise?.addColumn(key: key, queries: queries, to: column)
    }
    return column
  }
}

extension AttentionFactors {
  /// Adds A_ij to the column of a key, over the queries of its window. O(N·M).
  fileprivate func addColumn(
    head: Int, window: Int, key: Int, to column: UnsafeMutableBufferPointer<Float>
  ) {
    let lift: Float = kind == .linear ? 0x1p60 : 1  // as of rows
    let first = head * queryCount + window * windowQueries
    let place = (head * keyCount + window * windowKeys + key) * features
    let vector: [Float] = keys[place..<place + features].map { $0 * lift }
    var products = [Float](repeating: 0, count: windowQueries)
    vector.withUnsafeBufferPointer { vector in
      queries.withUnsafeBufferPointer { queries in
        products.withUnsafeMutableBufferPointer { products in
          guard let key = vector.baseAddress, let queries = queries.baseAddress,
            let products = products.baseAddress
          else { return }
          AnalysisKernels.current.multiply(
            queries + first * features, count: windowQueries,
            by: PackedColumns(key, count: 1, depth: features), into: products, stride: 1)
        }
      }
    }
    for query in column.indices {
      let divisor = normaliser[first + query]
      if kind == .linear {
        column[query] += products[query] / divisor / lift
      } else {
        let addend = addends?.value(head: head, window: window, query: query, key: key) ?? 0
        column[query] += exp(products[query] + addend - divisor)
      }
    }
  }
}
