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
  /// Σ (2k − n − 1) p_k / n over ascending p: 0 equal, near 1 all on one.
  public let gini: Double
  /// Σ p d, the distance to the query in the photo's pixels; nil for a query without a place.
  public let meanDistance: Double?
  /// Σ w, signs kept.
  public let rowSum: Double

  /// The measures of a row; nil where it is all zeros or not finite. O(n).
  ///
  /// - Parameter distances: of every key in pixels, negative for keys without a place, which the distance leaves
  ///   out; empty where the query has none.
  init?(_ row: [Float], distances: [Float], sorter: inout RowSorter) {
    var (sum, size, logs, away, placed) = (0.0, 0.0, 0.0, 0.0, 0.0)
    row.withUnsafeBufferPointer { row in
      let parts = RowSums(row, distances: distances)
      (sum, size, logs, away, placed) = (parts.sum, parts.size, parts.logs, parts.away, parts.placed)
    }
    guard size > 0, size.isFinite else { return nil }
    let count = row.count
    entropy = max(0, log2(size) - logs / size)
    effectiveTokens = exp2(entropy)
    meanDistance = placed > 0 ? away / placed : nil
    rowSum = sum
    let tops = (onePercent: (count + 99) / 100, tenPercent: (count + 9) / 10)
    var (ranked, top, topTen) = (0.0, 0.0, 0.0)
    sorter.withSortedMagnitudes(of: row) { ascending in
      for (place, weight) in ascending.enumerated() {
        ranked += Double(2 * place + 1 - count) * Double(weight)
      }
      for place in count - tops.tenPercent..<count { topTen += Double(ascending[place]) }
      for place in count - tops.onePercent..<count { top += Double(ascending[place]) }
    }
    gini = ranked / (Double(count) * size)
    topPercent = top / size
    topTenPercent = topTen / size
  }
}

/// The sums over a row that need no order.
private struct RowSums {
  var (sum, size, logs, away, placed) = (0.0, 0.0, 0.0, 0.0, 0.0)

  init(_ row: UnsafeBufferPointer<Float>, distances: [Float]) {
    let hasDistances = !distances.isEmpty
    distances.withUnsafeBufferPointer { distances in
      var place = 0
      // eight at a time, in float32 within blocks of 256, in Double across them
      while place + 8 <= row.count {
        var (s, a, l) = (SIMD8<Float>(), SIMD8<Float>(), SIMD8<Float>())
        var (d, p) = (SIMD8<Float>(), SIMD8<Float>())
        let end = min(place + 256, row.count & ~7)
        while place < end {
          let weights = load(row, place)
          let sizes = weights.replacing(with: -weights, where: weights .< 0)
          s += weights
          a += sizes
          l += sizes * binaryLogarithms(sizes)
          if hasDistances {
            let far = load(distances, place)
            let present = sizes.replacing(with: 0, where: far .< 0)
            d += present * far
            p += present
          }
          place += 8
        }
        sum += Double(s.sum())
        size += Double(a.sum())
        logs += Double(l.sum())
        away += Double(d.sum())
        placed += Double(p.sum())
      }
      for rest in place..<row.count {
        let weight = Double(abs(row[rest]))
        sum += Double(row[rest])
        size += weight
        logs += weight > 0 ? weight * log2(weight) : 0
        if hasDistances, distances[rest] >= 0 {
          away += weight * Double(distances[rest])
          placed += weight
        }
      }
    }
  }

  @inline(__always)
  private func load(_ values: UnsafeBufferPointer<Float>, _ place: Int) -> SIMD8<Float> {
    UnsafeRawBufferPointer(values).loadUnaligned(fromByteOffset: 4 * place, as: SIMD8<Float>.self)
  }
}

/// log₂ of eight numbers ≥ 0, within 2⁻²² of max(1, |log₂ x|); that of 0 is finite, so that 0·log₂ 0 is 0.
///
/// With x = 2^e·m and √½ ≤ m < √2: log₂ m = 2/ln 2 · artanh s, s = (m − 1)/(m + 1), as a series in s² < 0.0295.
@inline(__always)
func binaryLogarithms(_ x: SIMD8<Float>) -> SIMD8<Float> {
  let bits = SIMD8<Int32>(truncatingIfNeeded: unsafeBitCast(x, to: SIMD8<UInt32>.self))
  let shifted = bits &- 0x3f35_04f3
  let exponent = shifted &>> 23
  let mantissa = unsafeBitCast(bits &- (exponent &<< 23), to: SIMD8<Float>.self)
  let s = (mantissa - 1) / (mantissa + 1)
  let square = s * s
  var series = square * 0.32059890 + 0.41219858
  series = series * square + 0.57707802
  series = series * square + 0.96179669
  series = series * square + 2.8853901
  return SIMD8<Float>(exponent) + s * series
}
