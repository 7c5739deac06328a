extension SymmetricMatrix {
  /// The eigenvalues, ascending, each within some n·2⁻⁵³ of the greatest. O(4n³/3).
  func eigenvalues() -> [Double] { tridiagonalised().eigenvalues() }

  /// A tridiagonal matrix with these eigenvalues, by Householder's reflections from the last row upwards.
  ///
  /// A reflection I − v vᵀ/h makes the rows before its own A − v qᵀ − q vᵀ, with p = A v/h and q = p − v·(vᵀp)/2h.
  /// That is done in the pass over them that multiplies them with the next reflection's v.
  func tridiagonalised() -> TridiagonalMatrix {
    var result = TridiagonalMatrix(
      diagonal: [Double](repeating: 0, count: size), beside: [Double](repeating: 0, count: max(size - 1, 0)))
    var matrix = values
    // the last reflection's v and q, the next one's v and p
    var vectors = [Double](repeating: 0, count: 4 * size)
    matrix.withUnsafeMutableBufferPointer { matrix in
      vectors.withUnsafeMutableBufferPointer { vectors in
        guard let matrix = matrix.baseAddress, let vectors = vectors.baseAddress else { return }
        var (v, q, next, product) = (vectors, vectors + size, vectors + 2 * size, vectors + 3 * size)
        for last in (0..<size).reversed() {
          let row = matrix + last * size
          for column in 0...last { row[column] -= v[last] * q[column] + q[last] * v[column] }
          result.diagonal[last] = row[last]
          guard last > 0 else { break }
          var norm = 0.0
          for column in 0..<last {
            norm += row[column] * row[column]
            next[column] = row[column]
            product[column] = 0
          }
          let length = row[last - 1] < 0 ? norm.squareRoot() : -norm.squareRoot()
          let half = norm - row[last - 1] * length
          result.beside[last - 1] = length
          next[last - 1] -= length
          for index in 0..<last {
            Self.reflect(
              row: matrix + index * size, index, by: v, q, andAddProductWith: next, to: product)
          }
          // what is smaller has no square that is a normal number, and counts for nothing
          let inverse = half >= .leastNormalMagnitude ? 1 / half : 0
          var overlap = 0.0
          for column in 0..<last { overlap += next[column] * product[column] }
          for column in 0..<last {
            product[column] = inverse * (product[column] - 0.5 * inverse * overlap * next[column])
          }
          (v, q, next, product) = (next, product, v, q)
        }
      }
    }
    return result
  }

  /// One row of the lower half: a − v qᵀ − q vᵀ in place of a, and the part of a·x that is read off it.
  private static func reflect(
    row: UnsafeMutablePointer<Double>, _ index: Int, by v: UnsafePointer<Double>, _ q: UnsafePointer<Double>,
    andAddProductWith x: UnsafePointer<Double>, to product: UnsafeMutablePointer<Double>
  ) {
    typealias Lanes = SIMD8<Double>
    func lanes(_ values: UnsafePointer<Double>, _ place: Int) -> Lanes {
      UnsafeRawPointer(values + place).loadUnaligned(as: Lanes.self)
    }
    let (own, ownQ, factor) = (v[index], q[index], x[index])
    var sums = Lanes()
    let whole = index & ~7
    for place in stride(from: 0, to: whole, by: 8) {
      let a = lanes(row, place) - own * lanes(q, place) - ownQ * lanes(v, place)
      UnsafeMutableRawPointer(row + place).storeBytes(of: a, as: Lanes.self)
      sums += a * lanes(x, place)
      UnsafeMutableRawPointer(product + place).storeBytes(
        of: lanes(product, place) + factor * a, as: Lanes.self)
    }
    var sum = sums.sum()
    for place in whole..<index {
      row[place] -= own * q[place] + ownQ * v[place]
      sum += row[place] * x[place]
      product[place] += factor * row[place]
    }
    row[index] -= 2 * own * ownQ
    product[index] += sum + row[index] * factor
  }
}
