// Products with vectors of a window, in Double: O(heads·N·M) for linear attention, O(heads·N²·M) for softmax.
extension AttentionOperator {
  /// y_i = Σ_j (A + T)_ij x_j.
  func applied(to x: [Double], window: Int) -> [Double] {
    var y = [Double](repeating: 0, count: queries)
    for head in heads {
      guard factors.kind == .linear else {
        forEachRow(head, window) { query, row in
          for key in row.indices { y[query] += share * Double(row[key]) * x[key] }
        }
        continue
      }
      let sums = keySums(head, window, weights: x)
      addProducts(
        of: factors.queries, from: head * factors.queryCount + window * queries, with: sums, to: &y,
        divisors: factors.normaliser)
    }
    depthwise?.addProduct(with: x, to: &y, isTransposed: false)
    return y
  }

  /// x_j = Σ_i (A + T)_ij y_i.
  func transposed(appliedTo y: [Double], window: Int) -> [Double] {
    var x = [Double](repeating: 0, count: keys)
    for head in heads {
      guard factors.kind == .linear else {
        forEachRow(head, window) { query, row in
          for key in row.indices { x[key] += share * Double(row[key]) * y[query] }
        }
        continue
      }
      let sums = querySums(head, window, weights: y)
      addProducts(
        of: factors.keys, from: head * factors.keyCount + window * keys, with: sums, to: &x, divisors: nil)
    }
    depthwise?.addProduct(with: y, to: &x, isTransposed: true)
    return x
  }

  private var share: Double { 1 / Double(heads.count) }

  private func forEachRow(_ head: Int, _ window: Int, _ body: (Int, [Float]) -> Void) {
    let single = AttentionOperator(factors: factors, heads: head..<head + 1, depthwise: nil)
    for query in 0..<queries { body(query, single.row(window: window, query: query)) }
  }

  /// Σ_j x_j φ(k_j).
  private func keySums(_ head: Int, _ window: Int, weights: [Double]) -> [Double] {
    sums(of: factors.keys, from: head * factors.keyCount + window * keys, weights: weights)
  }

  /// Σ_i y_i / z_i φ(q_i).
  private func querySums(_ head: Int, _ window: Int, weights: [Double]) -> [Double] {
    let first = head * factors.queryCount + window * queries
    let divided = weights.enumerated().map { $1 / Double(factors.normaliser[first + $0]) }
    return sums(of: factors.queries, from: first, weights: divided)
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
