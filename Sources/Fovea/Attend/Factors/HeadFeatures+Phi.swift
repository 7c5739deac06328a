import FoveaEngine
import FoveaGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// φ, with the numbers that it needs.
enum Phi: Sendable {
  case identity
  case relu
  case eluPlusOne
  /// |u|·uᵖ / |uᵖ| with u = (max(x, 0) + offset)·factor, the norms over all heads of a token; a factor a channel.
  case focused(power: Double, offset: Double, factors: [Double])
  /// FAVOR+ with the rows of the weights, (M, D).
  case positiveRandom(weights: [Float], count: Int)

  /// The φ of an attention, its parameters read.
  init(_ features: AttentionFeatures, parameters: any ParameterSource) throws {
    switch features {
    case .identity: self = .identity
    case .relu: self = .relu
    case .eluPlusOne: self = .eluPlusOne
    case .focused(let power, let offset, let scale):
      let scales = try parameters.values(of: scale)
      self = .focused(
        power: Double(power), offset: Double(offset), factors: scales.map { 1 / log1p(exp(Double($0))) })
    case .positiveRandom(let rows):
      self = .positiveRandom(weights: try parameters.values(of: rows), count: rows.shape[0])
    }
  }
}

extension HeadFeatures {
  /// φ of every token, of queries or of keys: (heads, windows·N, M). O(values).
  func mapped(_ phi: Phi, isKeys: Bool) -> HeadFeatures {
    var result = self
    switch phi {
    case .identity: break
    case .relu: for index in values.indices { result.values[index] = max(values[index], 0) }
    case .eluPlusOne:
      for (index, x) in values.enumerated() { result.values[index] = x > 0 ? x + 1 : exp(x) }
    case .focused(let power, let offset, let factors):
      result.focus(power: power, offset: offset, factors: factors)
    case .positiveRandom(let weights, let count):
      return randomFeatures(weights, count: count, isKeys: isKeys)
    }
    return result
  }

  private mutating func focus(power: Double, offset: Double, factors: [Double]) {
    let whole = power == power.rounded() && (1...8).contains(power) ? Int(power) : nil
    let (heads, width, stride) = (heads, width, windows * tokens * width)
    values.withUnsafeMutableBufferPointer { values in
      for start in Swift.stride(from: 0, to: stride, by: width) {
        var (square, powerSquare) = (0.0, 0.0)
        for head in 0..<heads {
          for channel in 0..<width {
            let place = head * stride + start + channel
            let u = (max(Double(values[place]), 0) + offset) * factors[head * width + channel]
            var raised = u
            if let whole { for _ in 1..<whole { raised *= u } } else { raised = pow(u, power) }
            square += u * u
            powerSquare += raised * raised
            values[place] = Float(raised)
          }
        }
        let ratio = Float((square / powerSquare).squareRoot())
        for head in 0..<heads {
          for channel in 0..<width { values[head * stride + start + channel] *= ratio }
        }
      }
    }
  }

  /// exp(w_m·u − |u|²/2 − s) / √M with u = x / D^¼; s is the greatest exponent of a query's own features, or of
  /// all keys of the head's window.
  private func randomFeatures(_ weights: [Float], count: Int, isKeys: Bool) -> HeadFeatures {
    var result = HeadFeatures(heads: heads, windows: windows, tokens: tokens, width: count, values: [])
    result.values.reserveCapacity(heads * windows * tokens * count)
    for group in 0..<heads * windows {
      let exponents = (0..<tokens).map { randomExponents(at: (group * tokens + $0) * width, weights, count) }
      let greatest = exponents.joined().max() ?? 0
      for row in exponents {
        let shift = isKeys ? greatest : row.max() ?? 0
        result.values += row.map { Float(exp($0 - shift) / Double(count).squareRoot()) }
      }
    }
    return result
  }

  private func randomExponents(at start: Int, _ weights: [Float], _ count: Int) -> [Double] {
    let root = Double(width).squareRoot()
    let x = values[start..<start + width].map { Double($0) / root.squareRoot() }
    let square = x.reduce(0) { $0 + $1 * $1 } / 2
    return (0..<count).map { feature in
      (0..<width).reduce(-square) { $0 + Double(weights[feature * width + $1]) * x[$1] }
    }
  }
}
