import FoveaEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// How one row of weights is spread over the keys: p_j = |w_j| / Σ|w|.
public struct RowMeasures: Sendable, Hashable {
  /// −Σ p log₂ p, in bits.
  public let entropy: Double
  /// 2^entropy, tokens that would share equally.
  public let effectiveTokens: Double
  /// Σ p of the greatest ⌈n/100⌉ of n keys.
  public let topPercent: Double
  /// Σ p of the greatest ⌈n/10⌉.
  public let topTenPercent: Double
  /// Σ (2k − n − 1) p_k / n over ascending p: 0 equal, near 1 all on one. From the counts of 384 bins: within
  /// Σ_b c_b² δ_b / (6 n Σ|w|) over bins of c_b weights and width δ_b, some 10⁻⁶ for thousands of keys.
  public let gini: Double
  /// Σ p d, the distance to the query in the photo's pixels; nil for a query without a place.
  public let meanDistance: Double?
  /// Σ w, signs kept.
  public let rowSum: Double

  /// The measures of a row.
  ///
  /// - Parameters:
  ///   - unit: what the row's weights were multiplied by.
  ///   - placed: the share of keys that have a place; nil where the query has none.
  init(_ row: RowConcentration, unit: Double, placed: Double?) {
    entropy = row.entropy
    effectiveTokens = exp2(row.entropy)
    (topPercent, topTenPercent) = row.tops
    gini = row.gini
    meanDistance = placed.flatMap { $0 > 0 ? row.away / $0 : nil }
    rowSum = row.sum / unit
  }
}
