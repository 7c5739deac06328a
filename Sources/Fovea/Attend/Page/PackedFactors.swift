import FoveaWeights

/// Factors as the page takes them: base64 of little-endian float16, each token's vector divided by its greatest
/// magnitude, which stands beside it as float32.
package struct PackedFactors: Sendable {
  /// (heads, N, M), float16.
  package let queries: String
  /// (heads, N), float32: for linear attention the divisor and the normaliser in one.
  package let queryScales: String
  /// (heads, N, M), float16.
  package let keys: String
  /// (heads, N), float32.
  package let keyScales: String
  /// (heads, N), float32, for softmax; the logarithms of the rows' sums.
  package let normaliser: String?
  /// ((2·side − 1)², heads), float32, for softmax with a bias.
  package let bias: String?

  /// Packs the factors of a block. O(N·M).
  package init(_ factors: AttentionFactors) {
    let width = factors.features
    let queries = Self.packed(factors.queries, width: width)
    let keys = Self.packed(factors.keys, width: width)
    self.queries = queries.text
    self.keys = keys.text
    keyScales = Base64.text(of: keys.scales)
    if factors.kind == .linear {
      queryScales = Base64.text(of: zip(queries.scales, factors.normaliser).map { $0 / $1 })
      normaliser = nil
    } else {
      queryScales = Base64.text(of: queries.scales)
      normaliser = Base64.text(of: factors.normaliser)
    }
    bias = factors.addends?.bias.map { Base64.text(of: $0.table) }
  }

  /// Bytes that a block's factors take before base64.
  package static func byteCount(_ factors: AttentionFactors) -> Int {
    2 * (factors.queries.count + factors.keys.count)
      + 4 * (factors.heads * (factors.queryCount + factors.keyCount))
  }

  private static func packed(_ values: [Float], width: Int) -> (text: String, scales: [Float]) {
    var halves: [UInt16] = []
    var scales: [Float] = []
    halves.reserveCapacity(values.count)
    for start in stride(from: 0, to: values.count, by: width) {
      let scale = values[start..<start + width].reduce(0) { max($0, abs($1)) }
      scales.append(scale)
      for value in values[start..<start + width] { halves.append(scale > 0 ? (value / scale).halfBits : 0) }
    }
    return (Base64.text(of: halves), scales)
  }
}

/// RFC 4648's base64 of numbers in the machine's order, which is little-endian on all that Fovea runs on.
package enum Base64 {
  private static let letters = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

  /// The text of an array's bytes. O(bytes).
  package static func text<Number: BitwiseCopyable>(of numbers: [Number]) -> String {
    numbers.withUnsafeBytes { bytes in
      let length = (bytes.count + 2) / 3 * 4
      return String(unsafeUninitializedCapacity: length) { target in
        var written = 0
        for start in stride(from: 0, to: bytes.count, by: 3) {
          let rest = bytes.count - start
          let group =
            UInt32(bytes[start]) << 16 | (rest > 1 ? UInt32(bytes[start + 1]) << 8 : 0)
            | (rest > 2 ? UInt32(bytes[start + 2]) : 0)
          for place in 0..<4 {
            target[written] =
              place <= rest ? letters[Int(group >> UInt32(18 - 6 * place) & 63)] : UInt8(ascii: "=")
            written += 1
          }
        }
        return length
      }
    }
  }
}
