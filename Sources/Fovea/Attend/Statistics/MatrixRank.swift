import Foundation

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
  /// exp(−Σ p ln p) with p = σ / Σσ (Roy and Vetterli: The effective rank, 2007); nil by Lanczos' process, whose few
  /// steps would find some per cent too much.
  public let effective: Double?
  /// How they were had.
  public let method: Method

  /// Up to this many tokens of a window the rank with a depthwise term, or of a softmax, is exact.
  public static let exactLimit = 1024

  /// The rank of matrices whose σ² are the eigenvalues of others, one a window; nil where all are zero.
  init?(squaresOf windows: [SymmetricMatrix], extent: Int, method: Method) {
    let squares = windows.flatMap { $0.eigenvalues() }
    let greatest = squares.max() ?? 0
    guard greatest > 0 else { return nil }
    let threshold = Self.threshold(greatest, extent: extent)
    numerical = Estimate(exactly: Double(squares.count { $0 > threshold }))
    stable = Estimate(exactly: squares.reduce(0, +) / greatest)
    effective = Self.effective(squares)
    self.method = method
  }

  init(numerical: Estimate, stable: Estimate, method: Method) {
    (self.numerical, self.stable, self.method) = (numerical, stable, method)
    effective = nil
  }

  /// The effective rank for all σ².
  private static func effective(_ squares: [Double]) -> Double {
    let values = squares.filter { $0 > 0 }.map { $0.squareRoot() }
    let sum = values.reduce(0, +)
    return exp(log(sum) - values.reduce(0) { $0 + $1 * log($1) } / sum)
  }

  /// What σ² must pass to count, for the greatest σ².
  static func threshold(_ greatest: Double, extent: Int) -> Double {
    let relative = Double(extent) * Double(Float.ulpOfOne)
    return relative * relative * greatest
  }
}

extension BlockAttention {
  /// The rank of a head's matrix, windows and all; nil where it is zero.
  func rank(_ matrix: AttentionOperator, threads: Int?) -> MatrixRank? {
    let extent = max(queryCount, keyCount)
    let isFactored = matrix.factors.kind == .linear && matrix.term == nil
    let side = min(queryLayout.slots, keyLayout.slots)
    if isFactored, matrix.heads.count * matrix.factors.features < side {
      let squares = (0..<factors.windows).map { squaresFromFactors(matrix, window: $0) }
      return MatrixRank(squaresOf: squares, extent: extent, method: .factors)
    }
    if side <= MatrixRank.exactLimit {
      let squares = (0..<factors.windows).map { squaresFromEntries(matrix, window: $0) }
      return MatrixRank(squaresOf: squares, extent: extent, method: .entries)
    }
    return LanczosRank(self, matrix, threads: threads).rank(extent: extent)
  }

  /// σ² of Q̃K̃ᵀ are the eigenvalues of Q̃ᵀQ̃ K̃ᵀK̃. O(N·M² + M³).
  private func squaresFromFactors(_ matrix: AttentionOperator, window: Int) -> SymmetricMatrix {
    let size = matrix.heads.count * factors.features
    var (queries, keys) = (SymmetricMatrix(size: size), SymmetricMatrix(size: size))
    let rows = matrix.factorRows(
      window, queries: queryLayout.presence(window: window),
      keys: keyLayout.presence(window: window))
    queries.addOuterProducts(ofRows: rows.queries)
    keys.addOuterProducts(ofRows: rows.keys)
    return queries.between(keys)
  }

  /// σ² from the products of all rows, or of all columns where they are shorter. O(N³).
  private func squaresFromEntries(_ matrix: AttentionOperator, window: Int) -> SymmetricMatrix {
    let (queries, keys) = (queryLayout.slots(of: window), keyLayout.slots(of: window))
    var entries = [Double](repeating: 0, count: queries.count * keys.count)
    let isTurned = keys.count > queries.count
    let source = matrix.weightRows(window: window, keys: keys)
    let scratch = WeightRows.Scratch(factors)
    let share = 1 / (Double(source.unit) * Double(matrix.heads.count))
    for start in stride(from: 0, to: queries.count, by: WeightRows.Scratch.limit) {
      let list = queries[start..<min(start + WeightRows.Scratch.limit, queries.count)]
      source.writeSums(queries: list, scratch)
      for line in list.indices {
        let row = scratch.sums.floats + (line - start) * scratch.stride
        for key in keys.indices {
          entries[isTurned ? key * queries.count + line : line * keys.count + key] =
            share * Double(row[key])
        }
      }
    }
    var products = SymmetricMatrix(size: min(queries.count, keys.count))
    products.addOuterProducts(ofRows: entries)
    return products
  }
}

extension TokenLayout {
  /// The slots of a window that hold tokens.
  func slots(of window: Int) -> [Int] { (0..<slots).filter { tokens[window * slots + $0] >= 0 } }
}

extension AttentionOperator {
  /// Q̃ and K̃ of all heads side by side, (slots, heads·M) each with zeros in the padding: A = Q̃K̃ᵀ. O(N·heads·M).
  ///
  /// Q̃ is φ(q) / z, with a head's share, and K̃ is φ(k), but that each feature's length over the keys stands in Q̃: so
  /// K̃'s columns are of length 1, and Q̃ is at most 1 where features are not negative. A query that meets no key, whose
  /// z is ε alone, has a row of zeros then, as its weights are; 1/ε in it would drown the singular values of all others.
  func factorRows(
    _ window: Int, queries queryPresence: [Double], keys keyPresence: [Double]
  ) -> (queries: [Double], keys: [Double]) {
    let width = heads.count * factors.features
    var own = rows(
      of: factors.queries, count: factors.queryCount, from: window * queries, queryPresence)
    var others = rows(of: factors.keys, count: factors.keyCount, from: window * keys, keyPresence)
    var lengths = [Double](repeating: 0, count: width)
    for place in others.indices { lengths[place % width] += others[place] * others[place] }
    for feature in lengths.indices { lengths[feature] = lengths[feature].squareRoot() }
    for place in others.indices where others[place] != 0 { others[place] /= lengths[place % width] }
    for slot in queryPresence.indices {
      for (line, head) in heads.enumerated() {
        let place = head * factors.queryCount + window * queries + slot
        let share = 1 / (Double(heads.count) * Double(factors.normaliser[place]))
        let start = slot * width + line * factors.features
        for feature in 0..<factors.features {
          let value = own[start + feature] * lengths[line * factors.features + feature]
          own[start + feature] = value == 0 ? 0 : share * value
        }
      }
    }
    return (own, others)
  }

  private func rows(of vectors: [Float], count: Int, from first: Int, _ presence: [Double])
    -> [Double]
  {
    let (width, features) = (heads.count * factors.features, factors.features)
    return [Double](unsafeUninitializedCapacity: presence.count * width) { rows, written in
      vectors.withUnsafeBufferPointer { vectors in
        for (slot, present) in presence.enumerated() {
          for (line, head) in heads.enumerated() {
            let source = (head * count + first + slot) * features
            let target = slot * width + line * features
            for feature in 0..<features {
              rows[target + feature] = present > 0 ? Double(vectors[source + feature]) : 0
            }
          }
        }
      }
      written = presence.count * width
    }
  }
}
