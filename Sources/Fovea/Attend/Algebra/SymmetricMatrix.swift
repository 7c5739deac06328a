/// A symmetric matrix of doubles, whole, row by row.
struct SymmetricMatrix: Sendable {
  let size: Int
  var values: [Double]

  /// A matrix of zeros.
  init(size: Int) {
    self.size = size
    values = [Double](repeating: 0, count: size * size)
  }

  subscript(row: Int, column: Int) -> Double {
    get { values[row * size + column] }
    set { values[row * size + column] = newValue }
  }

  /// Adds Σ x xᵀ over the rows of a matrix, (count, size). O(count·size²).
  ///
  /// Four rows at a time, and the lower half alone until the end: the sums are then bound by arithmetic.
  mutating func addOuterProducts(ofRows rows: [Double]) {
    let size = size
    let count = rows.count / size
    values.withUnsafeMutableBufferPointer { values in
      rows.withUnsafeBufferPointer { rows in
        guard let values = values.baseAddress, let rows = rows.baseAddress else { return }
        for first in stride(from: 0, to: count, by: 4) {
          func row(_ place: Int) -> UnsafePointer<Double> { rows + min(first + place, count - 1) * size }
          let (a, b, c, d) = (row(0), row(1), row(2), row(3))
          let present = (1...3).map { first + $0 < count ? 1.0 : 0 }
          for i in 0..<size {
            let target = values + i &* size
            let (x, y, z, w) = (a[i], b[i] * present[0], c[i] * present[1], d[i] * present[2])
            for j in 0...i { target[j] += (x * a[j] + y * b[j]) + (z * c[j] + w * d[j]) }
          }
        }
        for i in 0..<size {
          for j in 0..<i { values[j * size + i] = values[i * size + j] }
        }
      }
    }
  }

  /// L with L Lᵀ equal to this positive semidefinite matrix; columns of vanishing pivots are zero. O(n³).
  func cholesky() -> [Double] {
    var factor = [Double](repeating: 0, count: size * size)
    let greatest = (0..<size).map { self[$0, $0] }.max() ?? 0
    let least = greatest * Double(size) * 4 * .ulpOfOne
    for column in 0..<size {
      var pivot = self[column, column]
      for k in 0..<column { pivot -= factor[column * size + k] * factor[column * size + k] }
      guard pivot > least else { continue }
      let root = pivot.squareRoot()
      factor[column * size + column] = root
      for row in column + 1..<max(size, column + 1) {
        var sum = self[row, column]
        for k in 0..<column { sum -= factor[row * size + k] * factor[column * size + k] }
        factor[row * size + column] = sum / root
      }
    }
    return factor
  }
}
