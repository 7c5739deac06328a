import FoveaEngine

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

  /// Columns that are worked at together: their panel stays in cache.
  private static let block = 64

  /// Adds Σ x xᵀ over the rows of a matrix, (count, size). O(count·size²), the lower half alone.
  mutating func addOuterProducts(ofRows rows: [Double]) {
    let (size, depth) = (size, rows.count / max(size, 1))
    rows.withUnsafeBufferPointer { rows in
      values.withUnsafeMutableBufferPointer { values in
        guard let rows = rows.baseAddress, let values = values.baseAddress else { return }
        for start in stride(from: 0, to: size, by: Self.block) {
          AnalysisKernels.current.multiply(
            rows: size - start, columns: min(Self.block, size - start), depth: depth,
            left: rows + start, leftSteps: (row: 1, depth: size), right: rows + start, rightStride: size,
            into: values + start * size + start, stride: size)
        }
      }
    }
    for i in 0..<size {
      for j in 0..<i { values[j * size + i] = values[i * size + j] }
    }
  }

  /// L D Lᵀ, L unit lower and D diagonal, without exchanges, by blocks. O(n³/3).
  ///
  /// Pivots up to `least` count as zero, and so do their columns of L.
  func factored(least: Double) -> (lower: [Double], pivots: [Double]) {
    var pivots = [Double](repeating: 0, count: size)
    var lower = values
    let size = size
    // D Lᵀ of a block of columns
    var across = [Double](repeating: 0, count: Self.block * size)
    lower.withUnsafeMutableBufferPointer { l in
      across.withUnsafeMutableBufferPointer { across in
        guard let l = l.baseAddress, let across = across.baseAddress else { return }
        for start in stride(from: 0, to: size, by: Self.block) {
          let end = min(start + Self.block, size)
          for column in start..<end {
            let pivot = l[column * size + column]
            pivots[column] = pivot > least ? pivot : 0
            let inverse = pivot > least ? 1 / pivot : 0
            l[column * size + column] = 1
            for row in column + 1..<max(size, column + 1) {
              let value = l[row * size + column] * (inverse == 0 ? 0 : 1)
              across[(column - start) * size + row] = value
              l[row * size + column] = value * inverse
            }
            // the rest of the block's columns
            for row in column + 1..<max(size, column + 1) {
              let factor = l[row * size + column]
              guard factor != 0 else { continue }
              for other in column + 1..<max(column + 1, min(end, row + 1)) {
                l[row * size + other] -= factor * across[(column - start) * size + other]
              }
            }
          }
          for next in stride(from: end, to: size, by: Self.block) {
            AnalysisKernels.current.multiply(
              rows: size - next, columns: min(Self.block, size - next), depth: end - start, factor: -1,
              left: l + next * size + start, leftSteps: (row: size, depth: 1), right: across + next,
              rightStride: size, into: l + next * size + next, stride: size)
          }
        }
      }
    }
    return (lower, pivots)
  }

  /// √D Lᵀ B L √D with L D Lᵀ this positive semidefinite matrix: its eigenvalues are those of the product of this
  /// matrix and B. O(n³).
  func between(_ middle: SymmetricMatrix) -> SymmetricMatrix {
    let greatest = (0..<size).map { self[$0, $0] }.max() ?? 0
    let (lower, pivots) = factored(least: greatest * Double(size) * 4 * .ulpOfOne)
    var root = [Double](repeating: 0, count: size * size)
    for row in 0..<size {
      for column in 0...row {
        root[row * size + column] = lower[row * size + column] * pivots[column].squareRoot()
      }
    }
    var half = [Double](repeating: 0, count: size * size)
    var result = SymmetricMatrix(size: size)
    root.withUnsafeBufferPointer { root in
      half.withUnsafeMutableBufferPointer { half in
        middle.values.withUnsafeBufferPointer { middle in
          result.values.withUnsafeMutableBufferPointer { result in
            guard let root = root.baseAddress, let half = half.baseAddress,
              let middle = middle.baseAddress, let result = result.baseAddress
            else { return }
            let kernels = AnalysisKernels.current
            kernels.multiply(
              rows: size, columns: size, depth: size, left: middle, leftSteps: (row: size, depth: 1),
              right: root, rightStride: size, into: half, stride: size)
            kernels.multiply(
              rows: size, columns: size, depth: size, left: root, leftSteps: (row: 1, depth: size),
              right: half, rightStride: size, into: result, stride: size)
          }
        }
      }
    }
    return result
  }
}
