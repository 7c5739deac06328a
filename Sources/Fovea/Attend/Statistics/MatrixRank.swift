/// The rank of an attention matrix, as numbers that rounding does not change much.
public struct MatrixRank: Sendable, Hashable {
  /// How the singular values were had.
  public enum Method: String, Sendable, Hashable {
    /// From the D×D products of the factors, at any N.
    case factors
    /// From all entries, up to N = 1024.
    case entries
    /// By Lanczos' process from random vectors of a fixed seed (stochastic Lanczos quadrature).
    case lanczos
  }

  /// Singular values above max(N_q, N_k)·2⁻²³·σ₁.
  public let numerical: Estimate
  /// Σσ² / σ₁².
  public let stable: Estimate
  /// How they were had.
  public let method: Method

  /// Up to this many tokens of a window the rank with a depthwise term, or of a softmax, is exact.
  public static let exactLimit = 1024

  /// The rank of the squares of singular values; nil where all are zero.
  init?(squares: [Double], extent: Int, method: Method) {
    let greatest = squares.max() ?? 0
    guard greatest > 0 else { return nil }
    let threshold = Self.threshold(greatest, extent: extent)
    numerical = Estimate(exactly: Double(squares.count { $0 > threshold }))
    stable = Estimate(exactly: squares.reduce(0) { $0 + max(0, $1) } / greatest)
    self.method = method
  }

  init(numerical: Estimate, stable: Estimate, method: Method) {
    (self.numerical, self.stable, self.method) = (numerical, stable, method)
  }

  /// What σ² must pass to count, for the greatest σ².
  static func threshold(_ greatest: Double, extent: Int) -> Double {
    let relative = Double(extent) * Double(Float.ulpOfOne)
    return relative * relative * greatest
  }
}

extension BlockAttention {
  /// The rank of a head's matrix, windows and all; nil where it is zero.
  func rank(_ matrix: AttentionOperator) -> MatrixRank? {
    let extent = max(queryCount, keyCount)
    let isFactored = matrix.factors.kind == .linear && matrix.depthwise == nil
    let side = min(queryLayout.slots, keyLayout.slots)
    if isFactored, matrix.heads.count * matrix.factors.features < side {
      let squares = (0..<factors.windows).flatMap { squaresFromFactors(matrix, window: $0) }
      return MatrixRank(squares: squares, extent: extent, method: .factors)
    }
    if side <= MatrixRank.exactLimit {
      let squares = (0..<factors.windows).flatMap { squaresFromEntries(matrix, window: $0) }
      return MatrixRank(squares: squares, extent: extent, method: .entries)
    }
    return LanczosRank(self, matrix).rank(extent: extent)
  }

  /// σ² of Q̃K̃ᵀ are the eigenvalues of Lᵀ(K̃ᵀK̃)L with LLᵀ = Q̃ᵀQ̃. O(N·M² + M³).
  func squaresFromFactors(_ matrix: AttentionOperator, window: Int) -> [Double] {
    let (queries, keys) = (
      matrix.queryRows(window, queryLayout.presence(window: window)),
      matrix.keyRows(window, keyLayout.presence(window: window))
    )
    let size = matrix.heads.count * factors.features
    var (queryProducts, keyProducts) = (SymmetricMatrix(size: size), SymmetricMatrix(size: size))
    queryProducts.addOuterProducts(ofRows: queries)
    keyProducts.addOuterProducts(ofRows: keys)
    return queryProducts.cholesky(between: keyProducts).eigenvalues()
  }

  /// σ² from the products of all rows, or of all columns where they are shorter. O(N³).
  private func squaresFromEntries(_ matrix: AttentionOperator, window: Int) -> [Double] {
    let (queries, keys) = (queryLayout.slots(of: window), keyLayout.slots(of: window))
    var entries: [Double] = []
    for query in queries {
      let row = matrix.row(window: window, query: query)
      for key in keys { entries.append(Double(row[key])) }
    }
    if keys.count > queries.count {
      var turned: [Double] = []
      for key in keys.indices {
        for query in queries.indices { turned.append(entries[query * keys.count + key]) }
      }
      entries = turned
    }
    var products = SymmetricMatrix(size: min(queries.count, keys.count))
    products.addOuterProducts(ofRows: entries)
    return products.eigenvalues()
  }
}

extension TokenLayout {
  /// The slots of a window that hold tokens.
  func slots(of window: Int) -> [Int] { (0..<slots).filter { tokens[window * slots + $0] >= 0 } }
}

extension AttentionOperator {
  /// φ(q) / z of all heads side by side, (N, heads·M), for the present queries of a window; a head's share is in it.
  fileprivate func queryRows(_ window: Int, _ presence: [Double]) -> [Double] {
    rows(of: factors.queries, count: factors.queryCount, from: window * queries, presence) {
      1 / (Double(heads.count) * Double(factors.normaliser[$0]))
    }
  }

  /// φ(k) of all heads side by side, (N, heads·M).
  fileprivate func keyRows(_ window: Int, _ presence: [Double]) -> [Double] {
    rows(of: factors.keys, count: factors.keyCount, from: window * keys, presence) { _ in 1 }
  }

  private func rows(
    of vectors: [Float], count: Int, from first: Int, _ presence: [Double], scale: (Int) -> Double
  ) -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(presence.count * heads.count * factors.features)
    for (slot, present) in presence.enumerated() where present > 0 {
      for head in heads {
        let place = head * count + first + slot
        let factor = scale(place)
        for feature in 0..<factors.features {
          result.append(factor * Double(vectors[place * factors.features + feature]))
        }
      }
    }
    return result
  }
}

extension SymmetricMatrix {
  /// Lᵀ B L with L the Cholesky factor of this matrix. O(n³).
  fileprivate func cholesky(between middle: SymmetricMatrix) -> SymmetricMatrix {
    let factor = cholesky()
    // (B L), then Lᵀ (B L), both by rows
    var product = [Double](repeating: 0, count: size * size)
    var result = SymmetricMatrix(size: size)
    for i in 0..<size {
      for k in 0..<size {
        let weight = middle[i, k]
        for j in 0...k { product[i * size + j] += weight * factor[k * size + j] }
      }
    }
    for k in 0..<size {
      for i in 0...k {
        let weight = factor[k * size + i]
        for j in 0..<size { result.values[i * size + j] += weight * product[k * size + j] }
      }
    }
    return result
  }
}
