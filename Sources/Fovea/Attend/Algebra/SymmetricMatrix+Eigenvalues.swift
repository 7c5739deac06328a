import FoveaModels

extension SymmetricMatrix {
  /// The greatest eigenvalue of a positive semidefinite matrix, within some 10⁻¹² of it, by Lanczos' process from
  /// a vector of a fixed seed. O(n²) a step.
  func greatestEigenvalue() -> Double {
    var numbers = RandomNumbers(seed: 0x3c6e_f372)
    var basis = [numbers.signs(size).map { $0 / Double(size).squareRoot() }]
    var tridiagonal = TridiagonalMatrix(diagonal: [], beside: [])
    var (greatest, steady) = (0.0, 0)
    while steady < 3 {
      let last = basis[basis.count - 1]
      var next = product(with: last)
      tridiagonal.diagonal.append(dot(last, next))
      let found = tridiagonal.quadrature().map(\.value).max() ?? 0
      steady = abs(found - greatest) <= 1e-12 * found ? steady + 1 : 0
      greatest = found
      // twice against all, so that rounding cannot bring one back
      for _ in 0..<2 {
        for vector in basis {
          let factor = dot(vector, next)
          for place in next.indices { next[place] -= factor * vector[place] }
        }
      }
      let length = dot(next, next).squareRoot()
      guard basis.count < size, length > 1e-14 * greatest else { break }
      tridiagonal.beside.append(length)
      basis.append(next.map { $0 / length })
    }
    return greatest
  }

  private func dot(_ a: [Double], _ b: [Double]) -> Double {
    var sum = 0.0
    for place in a.indices { sum += a[place] * b[place] }
    return sum
  }

  /// The number of eigenvalues above a number: by Sylvester's law of inertia that of the positive pivots of
  /// A − x·I. O(n³/3).
  ///
  /// The factors are exactly those of a matrix within some 4·2⁻⁵³·√n·g of A − x·I, with g the greatest diagonal
  /// element of |L| |D| |L|ᵀ. Where a leading block happens to have an eigenvalue at x, g can be large; x then
  /// moves by a part of 10⁻⁶, which no count of singular values can notice.
  func count(above x: Double) -> Int {
    var shift = x
    for _ in 0..<4 {
      let (lower, pivots) = factored(minus: shift)
      var growth = 0.0
      for row in 0..<size {
        var sum = 0.0
        for column in 0...row {
          sum += lower[row * size + column] * lower[row * size + column] * abs(pivots[column])
        }
        growth = max(growth, sum)
      }
      if 4 * 0x1p-53 * Double(size).squareRoot() * growth <= 1e-2 * x { return pivots.count { $0 > 0 } }
      shift *= 1 + 1e-6
    }
    return factored(minus: shift).pivots.count { $0 > 0 }
  }
}
