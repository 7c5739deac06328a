extension SymmetricMatrix {
  /// The eigenvalues, ascending: to a tridiagonal matrix by Householder's reflections, then QL. O(n³).
  ///
  /// Each is within a small multiple of n·2⁻⁵³·‖A‖ of an exact one.
  func eigenvalues() -> [Double] {
    tridiagonal().eigenvalues()
  }

  /// The tridiagonal matrix of the same eigenvalues: for every column a reflection I − 2 u uᵀ that clears what is
  /// left of the band, applied from both sides as A − u wᵀ − w uᵀ.
  private func tridiagonal() -> TridiagonalMatrix {
    var matrix = self
    let size = size
    var diagonal = [Double](repeating: 0, count: size)
    var beside = [Double](repeating: 0, count: max(0, size - 1))
    var u = [Double](repeating: 0, count: size)
    var w = u
    matrix.values.withUnsafeMutableBufferPointer { a in
      // the last row first, so that what remains is the leading block
      for last in stride(from: size - 1, to: 0, by: -1) {
        diagonal[last] = a[last * size + last]
        var length = 0.0
        for j in 0..<last { length += a[last * size + j] * a[last * size + j] }
        length = length.squareRoot()
        guard length > 0 else { continue }
        let pivot = a[last * size + last - 1]
        let target = pivot > 0 ? -length : length
        beside[last - 1] = target
        // u = (x − target·e) / its length, w = A u − (uᵀ A u) u, doubled
        let norm = (2 * (length * length - target * pivot)).squareRoot()
        guard norm > 0 else { continue }
        for j in 0..<last { u[j] = a[last * size + j] / norm }
        u[last - 1] -= target / norm
        reflect(a, size: size, order: last, &u, &w)
      }
      if size > 0 { diagonal[0] = a[0] }
    }
    return TridiagonalMatrix(diagonal: diagonal, beside: beside)
  }

  /// A ← (I − 2uuᵀ) A (I − 2uuᵀ) on the leading block of an order. O(order²).
  private func reflect(
    _ a: UnsafeMutableBufferPointer<Double>, size: Int, order: Int, _ u: inout [Double], _ w: inout [Double]
  ) {
    u.withUnsafeMutableBufferPointer { u in
      w.withUnsafeMutableBufferPointer { w in
        for j in 0..<order { w[j] = 0 }
        for i in 0..<order {
          let (scale, row) = (u[i], i * size)
          for j in 0..<order { w[j] += scale * a[row + j] }
        }
        var product = 0.0
        for j in 0..<order { product += u[j] * w[j] }
        for j in 0..<order { w[j] = 2 * (w[j] - product * u[j]) }
        for i in 0..<order {
          let (first, second, row) = (u[i], w[i], i * size)
          for j in 0..<order { a[row + j] -= first * w[j] + second * u[j] }
        }
      }
    }
  }
}
