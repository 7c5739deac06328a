/// How a head's attention is spread, and how many directions it mixes.
public struct AttentionStatistics: Sendable {
  /// The head from 0; nil for the mean of all heads' matrices.
  public let head: Int?
  /// Means over queries; nil where no row was defined.
  public let rows: RowStatistics?
  /// Queries that were counted.
  public let queries: Int
  /// Queries that there are; more than were counted past 4096.
  public let population: Int
  /// Counted queries whose row is all zeros, which the means leave out.
  public let undefinedRows: Int
  /// The rank of the attention alone.
  public let rank: MatrixRank?
  /// The rank with the depthwise term of the choice; nil where there is none.
  public let rankWithDepthwise: MatrixRank?
}

/// The means of the rows' measures over the queries.
public struct RowStatistics: Sendable {
  /// Bits.
  public let entropy: Estimate
  /// Tokens, 1 to n.
  public let effectiveTokens: Estimate
  /// Share of the greatest 1 % of keys, 0 to 1.
  public let topPercent: Estimate
  /// Share of the greatest 10 % of keys, 0 to 1.
  public let topTenPercent: Estimate
  /// 0 to 1.
  public let gini: Estimate
  /// Pixels of the photo; nil where no query has a place.
  public let meanDistance: Estimate?
  /// Signs kept.
  public let rowSum: Estimate

  /// The means of a sample; nil where it is empty. A share `counted / population` of all rows was drawn.
  init?(_ measures: [RowMeasures], counted: Int, population: Int) {
    func mean(_ value: (RowMeasures) -> Double?) -> Estimate? {
      let samples = measures.compactMap(value)
      return Estimate(of: samples, among: counted < population ? population : samples.count)
    }
    guard let entropy = mean(\.entropy), let effective = mean(\.effectiveTokens),
      let top = mean(\.topPercent), let topTen = mean(\.topTenPercent), let gini = mean(\.gini),
      let sum = mean(\.rowSum)
    else { return nil }
    (self.entropy, effectiveTokens, topPercent, topTenPercent) = (entropy, effective, top, topTen)
    (self.gini, rowSum) = (gini, sum)
    meanDistance = mean(\.meanDistance)
  }
}
