// Products with vectors of a window, in Double: O(heads·N·M) for linear attention, O(heads·N²·M) for softmax.
extension AttentionOperator {
  /// y_i = Σ_j (A + T)_ij x_j.
  func applied(to x: [Double], window: Int) -> [Double] {
    var y = [Double](repeating: 0, count: queries)
    guard factors.kind == .linear else {
      forEachRow(window) { query, row in
        for key in row.indices { y[query] += Double(row[key]) * x[key] }
      }
      return y
    }
    for head in heads {
      let sums = sums(of: factors.keys, from: head * factors.keyCount + window * keys, weights: x)
      addProducts(
        of: factors.queries, from: head * factors.queryCount + window * queries, with: sums, to: &y,
        divisors: factors.normaliser)
    }
    depthwise?.addProduct(with: x, to: &y, lanes: 1, isTransposed: false)
    return y
  }

  /// x_j = Σ_i (A + T)_ij y_i.
  func transposed(appliedTo y: [Double], window: Int) -> [Double] {
    var x = [Double](repeating: 0, count: keys)
    guard factors.kind == .linear else {
      forEachRow(window) { query, row in
        for key in row.indices { x[key] += Double(row[key]) * y[query] }
      }
      return x
    }
    for head in heads {
      let first = head * factors.queryCount + window * queries
      let divided = y.enumerated().map { $1 / Double(factors.normaliser[first + $0]) }
      let sums = sums(of: factors.queries, from: first, weights: divided)
      addProducts(
        of: factors.keys, from: head * factors.keyCount + window * keys, with: sums, to: &x, divisors: nil)
    }
    depthwise?.addProduct(with: y, to: &x, lanes: 1, isTransposed: true)
    return x
  }

  private var share: Double { 1 / Double(heads.count) }

  /// Calls with every query's row.
  private func forEachRow(_ window: Int, _ body: (Int, UnsafeBufferPointer<Float>) -> Void) {
    let rows = weightRows(window: window)
    let scratch = WeightRows.Scratch(factors)
    let share = Float(share) / rows.unit
    let all = Array(0..<queries)
    for start in stride(from: 0, to: queries, by: WeightRows.Scratch.limit) {
      let list = all[start..<min(start + WeightRows.Scratch.limit, queries)]
      rows.writeSums(queries: list, scratch)
      for (line, query) in list.enumerated() {
        let row = UnsafeMutableBufferPointer(start: scratch.sums.floats + line * scratch.stride, count: keys)
        for key in row.indices { row[key] *= share }
        body(query, UnsafeBufferPointer(row))
      }
    }
  }

  private func sums(of vectors: [Float], from first: Int, weights: [Double]) -> [Double] {
    let width = factors.features
    var result = [Double](repeating: 0, count: width)
    vectors.withUnsafeBufferPointer { vectors in
      result.withUnsafeMutableBufferPointer { result in
        for (token, weight) in weights.enumerated() {
          let start = (first + token) * width
          for feature in 0..<width { result[feature] += weight * Double(vectors[start + feature]) }
        }
      }
    }
    return result
  }

  /// Adds share·(vector_t · sums) / divisor_t to every token's output.
  private func addProducts(
    of vectors: [Float], from first: Int, with sums: [Double], to output: inout [Double], divisors: [Float]?
  ) {
    let width = factors.features
    vectors.withUnsafeBufferPointer { vectors in
      sums.withUnsafeBufferPointer { sums in
        for token in output.indices {
          let start = (first + token) * width
          var sum = 0.0
          for feature in 0..<width { sum += sums[feature] * Double(vectors[start + feature]) }
          if let divisors { sum /= Double(divisors[first + token]) }
          output[token] += share * sum
        }
      }
    }
  }
}
