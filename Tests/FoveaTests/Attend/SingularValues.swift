import Foundation

/// Singular values in float64 by one-sided Jacobi rotations, each right to its own last places: of the rows or of the
/// columns of a matrix, whichever are fewer. O(n²·N) a sweep.
func singularValues(_ rows: [[Double]]) -> [Double] {
  let isTall = rows.count > rows[0].count
  let length = isTall ? rows.count : rows[0].count
  var columns =
    isTall ? rows[0].indices.flatMap { column in rows.map { $0[column] } } : rows.flatMap { $0 }
  let count = columns.count / length
  for _ in 0..<40 {
    var isDone = true
    columns.withUnsafeMutableBufferPointer { columns in
      for i in 0..<count {
        for j in i + 1..<max(count, i + 1) {
          var (a, b, c) = (0.0, 0.0, 0.0)
          for n in 0..<length {
            let (x, y) = (columns[i * length + n], columns[j * length + n])
            a += x * x
            b += y * y
            c += x * y
          }
          guard abs(c) > 1e-14 * a.squareRoot() * b.squareRoot() else { continue }
          isDone = false
          let zeta = (b - a) / (2 * c)
          let t = (zeta < 0 ? -1 : 1) / (abs(zeta) + (1 + zeta * zeta).squareRoot())
          let cosine = 1 / (1 + t * t).squareRoot()
          for n in 0..<length {
            let (x, y) = (columns[i * length + n], columns[j * length + n])
            columns[i * length + n] = cosine * (x - t * y)
            columns[j * length + n] = cosine * (t * x + y)
          }
        }
      }
    }
    if isDone { break }
  }
  return (0..<count).map { column in
    columns[column * length..<(column + 1) * length].reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

/// The ranks of a matrix by all its singular values.
struct DenseRank {
  /// The fewest and the most singular values above the threshold, where it is `slack` times as large or as small.
  let numerical: ClosedRange<Int>
  let stable: Double
  let effective: Double

  /// - Parameter extent: the larger side of the whole matrix, windows and all.
  init(_ values: [Double], extent: Int, slack: Double = 1.5) {
    let greatest = values.max() ?? 0
    let limit = Double(extent) * 0x1p-23 * greatest
    let least = values.count { $0 > slack * limit }
    numerical = least...max(least, values.count { $0 > limit / slack })
    stable = values.reduce(0) { $0 + $1 * $1 } / (greatest * greatest)
    let sum = values.reduce(0, +)
    effective = exp(-values.reduce(0) { $1 > 0 ? $0 + $1 / sum * log($1 / sum) : $0 })
  }
}
