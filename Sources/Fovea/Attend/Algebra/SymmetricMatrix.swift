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
        for first in stride(from: 0, to: count, by: 4) {
          let chosen = (0..<4).map { min(first + $0, count - 1) * size }
          let present = (0..<4).map { first + $0 < count ? 1.0 : 0 }
          for i in 0..<size {
            let a = rows[chosen[0] + i] * present[0]
            let b = rows[chosen[1] + i] * present[1]
            let c = rows[chosen[2] + i] * present[2]
            let d = rows[chosen[3] + i] * present[3]
            for j in 0...i {
              values[i * size + j] +=
                (a * rows[chosen[0] + j] + b * rows[chosen[1] + j])
                + (c * rows[chosen[2] + j] + d * rows[chosen[3] + j])
            }
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
