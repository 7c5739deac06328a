/// A symmetric positive definite matrix, float64, row after row.
struct PositiveMatrix {
  /// Rows.
  let size: Int
  /// size × size.
  private(set) var elements: [Double]

  /// X Xᵀ of rows, (count, width). O(count²·width).
  init(gramOf rows: [Double], count: Int, width: Int) {
    size = count
    var elements = [Double](repeating: 0, count: count * count)
    rows.withUnsafeBufferPointer { rows in
      for i in 0..<count {
        for j in 0...i {
          var sum = SIMD8<Double>(repeating: 0)
          var rest = 0.0
          var k = 0
          while k + 8 <= width {
            for lane in 0..<8 { sum[lane] += rows[i * width + k + lane] * rows[j * width + k + lane] }
            k += 8
          }
          while k < width {
            rest += rows[i * width + k] * rows[j * width + k]
            k += 1
          }
          elements[i * count + j] = sum.sum() + rest
          elements[j * count + i] = elements[i * count + j]
        }
      }
    }
    self.elements = elements
  }

  /// The sum of the diagonal.
  var trace: Double { (0..<size).reduce(0) { $0 + elements[$1 * size + $1] } }

  /// (A + λI)⁻¹, by Cholesky's decomposition; A + λI is positive for λ > 0. O(size³).
  func inverse(adding lambda: Double) -> [Double] {
    let n = size
    var lower = elements
    for i in 0..<n { lower[i * n + i] += lambda }
    lower.withUnsafeMutableBufferPointer { l in
      for j in 0..<n {
        for i in j..<n {
          var sum = l[i * n + j]
          for k in 0..<j { sum -= l[i * n + k] * l[j * n + k] }
          l[i * n + j] = i == j ? max(sum, 1e-300).squareRoot() : sum / l[j * n + j]
        }
      }
    }
    // L⁻¹ column by column, kept as rows: entry (c, r) of `columns` is L⁻¹(r, c)
    var columns = [Double](repeating: 0, count: n * n)
    columns.withUnsafeMutableBufferPointer { columns in
      for c in 0..<n {
        for r in c..<n {
          var sum = r == c ? 1.0 : 0
          for k in c..<r { sum -= lower[r * n + k] * columns[c * n + k] }
          columns[c * n + r] = sum / lower[r * n + r]
        }
      }
    }
    // A⁻¹ = L⁻ᵀ L⁻¹
    var result = [Double](repeating: 0, count: n * n)
    columns.withUnsafeBufferPointer { columns in
      for i in 0..<n {
        for j in 0...i {
          var sum = 0.0
          for k in i..<n { sum += columns[i * n + k] * columns[j * n + k] }
          result[i * n + j] = sum
          result[j * n + i] = sum
        }
      }
    }
    return result
  }
}
