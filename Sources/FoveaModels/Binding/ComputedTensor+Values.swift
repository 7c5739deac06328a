extension ComputedTensor {
  /// The values of the tensor, row-major.
  func values(shape: [Int]) -> [Float] {
    switch self {
    case .orthogonalFeatures(let seed): Self.orthogonalRows(shape[0], width: shape[1], seed: seed)
    }
  }

  /// Rows in blocks of `width` that are orthogonal to each other, each row as long as a Gaussian vector
  /// (Choromanski et al., "Rethinking Attention with Performers", ICLR 2021, section 2.4).
  private static func orthogonalRows(_ count: Int, width: Int, seed: UInt64) -> [Float] {
    var numbers = RandomNumbers(seed: seed)
    var rows: [[Double]] = []
    while rows.count < count {
      let start = rows.count / width * width
      var row = numbers.normals(count: width).map(Double.init)
      let length = norm(numbers.normals(count: width).map(Double.init))
      // twice is enough (Kahan and Parlett): rounding leaves nothing of the earlier rows
      for _ in 0..<2 {
        for earlier in rows[start...] {
          let unit = norm(earlier)
          let along = zip(row, earlier).reduce(0) { $0 + $1.0 * $1.1 } / (unit * unit)
          for index in row.indices { row[index] -= along * earlier[index] }
        }
      }
      let scale = length / norm(row)
      rows.append(row.map { $0 * scale })
    }
    return rows.flatMap { $0.map(Float.init) }
  }

  private static func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}
