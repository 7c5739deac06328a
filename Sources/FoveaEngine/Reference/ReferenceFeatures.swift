import Foundation
import FoveaGraph

/// Whether a map of features holds queries or keys, which the random features treat differently.
enum FeatureRole { case queries, keys }

extension LinearAttention {
  /// φ of every token: (B, H, W, heads·D) → (B, H, W, heads·`featureDimension`).
  func features(
    _ map: FeatureMap, _ role: FeatureRole, parameters: any ParameterSource
  ) throws -> FeatureMap {
    switch featureMap {
    case .identity: return map
    case .relu: return map.applying(.relu)
    case .eluPlusOne: return map.applying(.eluPlusOne)
    case .focused(let power, let offset, let scale):
      let scales = try parameters.values(of: scale)
      return focused(map, power: Double(power), offset: Double(offset), scales: scales.map(Double.init))
    case .positiveRandom(let rows):
      return randomFeatures(map, role, weights: try parameters.values(of: rows))
    }
  }

  /// |u|·uᵖ / |uᵖ| with u = (max(x, 0) + offset) / softplus(scale), the norms over all channels of a token.
  private func focused(_ map: FeatureMap, power: Double, offset: Double, scales: [Double]) -> FeatureMap {
    var output = map
    let divisors = scales.map { log1p(exp($0)) }
    for row in 0..<map.shape.rows {
      let start = row * map.shape.channels
      let u = divisors.enumerated().map { (max(Double(map.values[start + $0]), 0) + offset) / $1 }
      let powers = u.map { pow($0, power) }
      let ratio = norm(u) / norm(powers)
      for (channel, value) in powers.enumerated() { output.values[start + channel] = Float(value * ratio) }
    }
    return output
  }

  /// exp(w_m·u − |u|²/2 − s) / √M with u = x / D^¼, s the greatest exponent of the token (queries) or of the
  /// image (keys), head by head.
  private func randomFeatures(_ map: FeatureMap, _ role: FeatureRole, weights: [Float]) -> FeatureMap {
    let count = featureDimension
    let heads = map.shape.channels / headDimension
    var shape = map.shape
    shape.channels = heads * count
    var output = FeatureMap(zeros: shape)
    for batch in 0..<shape.batch {
      for head in 0..<heads {
        let exponents = (0..<shape.tokens).map { token in
          let start = (batch * shape.tokens + token) * map.shape.channels + head * headDimension
          return randomExponents(map.values, at: start, weights: weights)
        }
        let greatest = exponents.joined().max() ?? 0
        for (token, row) in exponents.enumerated() {
          let shift = role == .keys ? greatest : row.max() ?? 0
          let start = (batch * shape.tokens + token) * shape.channels + head * count
          for feature in 0..<count {
            output.values[start + feature] = Float(exp(row[feature] - shift) / Double(count).squareRoot())
          }
        }
      }
    }
    return output
  }

  /// w_m·u − |u|²/2 for every m.
  private func randomExponents(_ values: [Float], at start: Int, weights: [Float]) -> [Double] {
    let square = dotProduct(values, at: start, values, at: start, count: headDimension)
    let root = Double(headDimension).squareRoot()
    return (0..<featureDimension).map { feature in
      let product = dotProduct(
        values, at: start, weights, at: feature * headDimension, count: headDimension)
      return product / root.squareRoot() - square / root / 2
    }
  }

  private func norm(_ vector: [Double]) -> Double {
    vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
  }
}

extension FeatureMap {
  fileprivate func applying(_ activation: Activation) -> Self {
    Self(shape: shape, values: values.map { Float(activation.value(at: Double($0))) })
  }
}
