import FoveaEngine
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// φ of every token, head by head: (heads, N, width).
struct HeadFeatures {
  let heads: Int
  let tokens: Int
  let width: Int
  var values: [Float]
}

/// Turns the inputs of a linear attention into features.
struct FeatureReader {
  private let attention: LinearAttention
  private let parameters: any ParameterSource

  init(_ attention: LinearAttention, parameters: any ParameterSource) {
    self.attention = attention
    self.parameters = parameters
  }

  /// φ of the queries (part 0) or keys (part 1) in maps of (1, H, W, C).
  func features(_ maps: [FeatureMap], part: Int) throws -> HeadFeatures {
    var heads = split(maps, part: part)
    switch attention.featureMap {
    case .identity: break
    case .relu: for index in heads.values.indices { heads.values[index] = max(heads.values[index], 0) }
    case .eluPlusOne:
      for (index, x) in heads.values.enumerated() { heads.values[index] = x > 0 ? x + 1 : exp(x) }
    case .focused(let power, let offset, let scale):
      focus(&heads, power: power, offset: offset, scales: try parameters.values(of: scale))
    case .positiveRandom(let rows):
      heads = randomFeatures(heads, weights: try parameters.values(of: rows), isKeys: part == 1)
    }
    return heads
  }

  /// The vectors of every head. Interleaved maps hold heads of (q, k, v), and every map is more heads.
  private func split(_ maps: [FeatureMap], part: Int) -> HeadFeatures {
    let width = attention.headDimension
    let isInterleaved = attention.layout == .interleaved
    let stride = isInterleaved ? 3 * width : width
    let places = maps.flatMap { map in (0..<map.shape.channels / stride).map { (map, $0 * stride) } }
    let tokens = maps[0].shape.tokens
    var values: [Float] = []
    values.reserveCapacity(places.count * tokens * width)
    for (map, offset) in places {
      let first = offset + (isInterleaved ? part * width : 0)
      for token in 0..<tokens {
        let start = token * map.shape.channels + first
        values += map.values[start..<start + width]
      }
    }
    return HeadFeatures(heads: places.count, tokens: tokens, width: width, values: values)
  }

  /// |u|·uᵖ / |uᵖ| with u = (max(x, 0) + offset) / softplus(scale), the norms over all heads of a token.
  private func focus(_ map: inout HeadFeatures, power: Float, offset: Float, scales: [Float]) {
    let factors = scales.map { 1 / log1p(exp(Double($0))) }
    for token in 0..<map.tokens {
      var (square, powerSquare) = (0.0, 0.0)
      for head in 0..<map.heads {
        let start = (head * map.tokens + token) * map.width
        for channel in 0..<map.width {
          let u =
            (Double(max(map.values[start + channel], 0)) + Double(offset))
            * factors[head * map.width + channel]
          let raised = pow(u, Double(power))
          square += u * u
          powerSquare += raised * raised
          map.values[start + channel] = Float(raised)
        }
      }
      let ratio = Float((square / powerSquare).squareRoot())
      for head in 0..<map.heads {
        let start = (head * map.tokens + token) * map.width
        for channel in 0..<map.width { map.values[start + channel] *= ratio }
      }
    }
  }

  /// exp(w_m·u − |u|²/2 − s) / √M with u = x / D^¼; s is the greatest exponent of a query's own features, or of
  /// all keys of the head.
  private func randomFeatures(_ map: HeadFeatures, weights: [Float], isKeys: Bool) -> HeadFeatures {
    let count = attention.featureDimension
    let root = Double(map.width).squareRoot()
    var result = HeadFeatures(heads: map.heads, tokens: map.tokens, width: count, values: [])
    result.values.reserveCapacity(map.heads * map.tokens * count)
    for head in 0..<map.heads {
      let exponents = (0..<map.tokens).map { token in
        let start = (head * map.tokens + token) * map.width
        let x = map.values[start..<start + map.width].map(Double.init)
        let square = x.reduce(0) { $0 + $1 * $1 } / root / 2
        return (0..<count).map { feature in
          (0..<map.width).reduce(-square) {
            $0 + Double(weights[feature * map.width + $1]) * x[$1] / root.squareRoot()
          }
        }
      }
      let greatest = exponents.joined().max() ?? 0
      for row in exponents {
        let shift = isKeys ? greatest : row.max() ?? 0
        result.values += row.map { Float(exp($0 - shift) / Double(count).squareRoot()) }
      }
    }
    return result
  }
}
