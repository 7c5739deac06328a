/// Estimates the rank of a matrix M from products with vectors: stochastic Lanczos quadrature.
///
/// From a random vector v of ±1, steps of Lanczos' process on MᵀM give a small tridiagonal matrix whose quadrature
/// stands for vᵀ f(MᵀM) v; with f a step at the threshold its mean over several v is the number of singular
/// values above (Ubaru, Chen, Saad: Fast estimation of tr(f(A)) via stochastic Lanczos quadrature, 2017).
/// σ₁² is the greatest value that any of them found; Σσ² is exact. O(vectors·steps) products.
struct LanczosRank {
  static let vectors = 6
  static let steps = 16
  static let seed: UInt64 = 0x1a2c_205e

  private let block: BlockAttention
  private let matrix: AttentionOperator

  init(_ block: BlockAttention, _ matrix: AttentionOperator) {
    self.block = block
    self.matrix = matrix
  }

  /// The estimate over all windows; nil where the matrix is zero.
  func rank(extent: Int) -> MatrixRank? {
    var numbers = SeededNumbers(seed: Self.seed)
    var squares = 0.0
    var spectra: [[[(value: Double, weight: Double)]]] = []
    for window in 0..<matrix.factors.windows {
      squares += squaredNorm(window)
      let presence = block.keyLayout.presence(window: window)
      spectra.append(
        (0..<Self.vectors).map { _ in
          let signs = numbers.signs(presence.count)
          return spectrum(window, from: zip(signs, presence).map { $0 * $1 }, presence)
        })
    }
    let greatest = spectra.joined().joined().map(\.value).max() ?? 0
    guard greatest > 0 else { return nil }
    let threshold = MatrixRank.threshold(greatest, extent: extent)
    let counts = (0..<Self.vectors).map { vector in
      spectra.reduce(0.0) { sum, window in
        sum + window[vector].reduce(0) { $1.value > threshold ? $0 + $1.weight : $0 }
      }
    }
    guard let numerical = Estimate(of: counts, among: .max) else { return nil }
    return MatrixRank(
      numerical: numerical, stable: Estimate(exactly: squares / greatest), method: .lanczos)
  }

  /// The values of MᵀM that a vector sees, with weights that sum to its squared length.
  private func spectrum(
    _ window: Int, from start: [Double], _ presence: [Double]
  ) -> [(value: Double, weight: Double)] {
    let total = start.reduce(0) { $0 + $1 * $1 }
    guard total > 0 else { return [] }
    var basis = [start.map { $0 / total.squareRoot() }]
    var tridiagonal = TridiagonalMatrix(diagonal: [], beside: [])
    let queries = block.queryLayout.presence(window: window)
    while true {
      let last = basis[basis.count - 1]
      let seen = zip(matrix.applied(to: last, window: window), queries).map { $0 * $1 }
      var next = zip(matrix.transposed(appliedTo: seen, window: window), presence).map { $0 * $1 }
      tridiagonal.diagonal.append(product(last, next))
      // against the whole basis, twice, so that rounding cannot bring a value back
      for _ in 0..<2 {
        for vector in basis { subtract(product(vector, next), times: vector, from: &next) }
      }
      let length = product(next, next).squareRoot()
      let scale = tridiagonal.diagonal.map(abs).max() ?? 0
      guard basis.count < min(Self.steps, Int(total)), length > 1e-12 * scale else { break }
      tridiagonal.beside.append(length)
      basis.append(next.map { $0 / length })
    }
    return tridiagonal.quadrature().map { ($0.value, $0.weight * total) }
  }

  private func product(_ a: [Double], _ b: [Double]) -> Double {
    var sums = SIMD4<Double>()
    a.withUnsafeBytes { a in
      b.withUnsafeBytes { b in
        for place in stride(from: 0, to: a.count & ~31, by: 32) {
          sums +=
            a.loadUnaligned(fromByteOffset: place, as: SIMD4<Double>.self)
            * b.loadUnaligned(fromByteOffset: place, as: SIMD4<Double>.self)
        }
      }
    }
    var sum = sums.sum()
    for place in a.count & ~3..<a.count { sum += a[place] * b[place] }
    return sum
  }

  private func subtract(_ factor: Double, times vector: [Double], from target: inout [Double]) {
    for place in target.indices { target[place] -= factor * vector[place] }
  }

  /// Σ of the squares of all entries: for factors ‖A‖² + Σ T(2A + T), the first from the D×D products, O(N·M²);
  /// for softmax row by row.
  private func squaredNorm(_ window: Int) -> Double {
    let keys = block.keyLayout.presence(window: window)
    guard matrix.factors.kind == .linear else {
      return block.queryLayout.slots(of: window).reduce(0.0) { sum, query in
        let row = matrix.row(window: window, query: query)
        return sum + keys.indices.reduce(0.0) { $0 + keys[$1] * Double(row[$1]) * Double(row[$1]) }
      }
    }
    var sum = block.squaresFromFactors(matrix.alone, window: window).reduce(0, +)
    guard let depthwise = matrix.depthwise else { return sum }
    var band = [Float](repeating: 0, count: keys.count)
    for query in block.queryLayout.slots(of: window) {
      var touched: [Int] = []
      depthwise.forEachWeight(ofQuery: query) { key, weight in
        touched.append(key)
        band[key] += weight
      }
      for key in touched where band[key] != 0 && keys[key] > 0 {
        let alone = Double(matrix.entry(window: window, query: query, key: key))
        sum += Double(band[key]) * (2 * alone + Double(band[key]))
        band[key] = 0
      }
      for key in touched { band[key] = 0 }
    }
    return sum
  }
}
