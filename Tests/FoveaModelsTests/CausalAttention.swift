import Foundation
import FoveaGraph
import FoveaModels
import Testing

@Suite struct CausalAttention {
  private static let (heads, width, kernel, count) = (2, 8, 3, 61)
  private static var channels: Int { heads * width }

  private static func layer(_ features: AttentionFeatures, kernel: Int = kernel) -> CausalLinearAttention {
    CausalLinearAttention(
      heads: heads, headDimension: width, features: features,
      depthwise: numbers("w", channels * kernel))
  }

  private static func numbers(_ name: String, _ count: Int) -> [Float] {
    // parameters of this name and rank are small normal numbers: fifty times that is near one
    RandomParameters(seed: 3).values(of: Parameter(path: name, shape: [count])).map { 50 * $0 }
  }

  private static let (q, k, v) = (
    numbers("q", count * channels), numbers("k", count * channels), numbers("v", count * channels)
  )

  /// The definition, token by token, in double precision.
  private func definition(_ features: AttentionFeatures) -> [Double] {
    func phi(_ x: Float) -> Double {
      switch features {
      case .relu: max(Double(x), 0)
      default: x > 0 ? Double(x) + 1 : exp(Double(x))
      }
    }
    let (channels, w) = (Self.channels, Self.numbers("w", Self.channels * Self.kernel))
    return (0..<Self.count * channels).map { index in
      let (i, c) = (index / channels, index % channels)
      let head = c / Self.width * Self.width..<(c / Self.width + 1) * Self.width
      var (sum, total) = (0.0, 1e-6)
      for j in 0...i {
        let weight = head.map { phi(Self.q[i * channels + $0]) * phi(Self.k[j * channels + $0]) }.reduce(0, +)
        sum += weight * Double(Self.v[j * channels + c])
        total += weight
      }
      let local = (0..<min(Self.kernel, i + 1)).map {
        Double(w[c * Self.kernel + $0]) * Double(Self.v[(i - $0) * channels + c])
      }
      return sum / total + local.reduce(0, +)
    }
  }

  private func expectDefinition(_ answer: [Float], _ features: AttentionFeatures, _ what: String) {
    let expected = definition(features)
    #expect(answer.count == expected.count)
    // a quotient of two sums of N·D products of like sign, and K more: 4·ε·(N + D)·max|v|, plus the local terms
    let largest = Double(Self.v.map(abs).max() ?? 0)
    let weights = Double(Self.numbers("w", Self.channels * Self.kernel).map(abs).max() ?? 0)
    let terms = Double(Self.count + Self.width) * largest + Double(Self.kernel) * weights * largest
    let tolerance = 4 * 0x1p-23 * terms
    let worst = zip(answer, expected).map { abs(Double($0) - $1) }.enumerated().max { $0.1 < $1.1 }
    #expect((worst?.1 ?? 1) <= tolerance, "\(what): \(String(describing: worst)) over \(tolerance)")
  }

  @Test func theThreeEvaluationsGiveTheDefinition() {
    for features in [AttentionFeatures.eluPlusOne, .relu] {
      let layer = Self.layer(features)
      expectDefinition(
        layer.parallel(queries: Self.q, keys: Self.k, values: Self.v), features, "parallel")
      for chunk in [1, 7, 16, 61, 100] {
        expectDefinition(
          layer.chunked(queries: Self.q, keys: Self.k, values: Self.v, chunk: chunk), features,
          "groups of \(chunk)")
      }
      var state = CausalState(layer)
      let steps = (0..<Self.count).flatMap { token in
        let row = token * Self.channels..<(token + 1) * Self.channels
        return layer.step(query: Self.q[row], key: Self.k[row], value: Self.v[row], state: &state)
      }
      expectDefinition(steps, features, "steps")
    }
  }

  @Test func theStateDoesNotGrowWithTheTokens() {
    let layer = Self.layer(.eluPlusOne)
    var state = CausalState(layer)
    var sizes = Set<Int>()
    for token in 0..<200 {
      let row = Array(repeating: Float(token % 5) - 2, count: Self.channels)
      _ = layer.step(query: row, key: row, value: row, state: &state)
      if token >= Self.kernel { sizes.insert(state.count) }
    }
    #expect(sizes == [Self.channels * Self.width + Self.channels + Self.kernel * Self.channels])
  }

  @Test func laterTokensDoNotChangeEarlierAnswers() {
    let layer = Self.layer(.eluPlusOne)
    let half = Self.count / 2 * Self.channels
    let short = layer.chunked(
      queries: Array(Self.q[..<half]), keys: Array(Self.k[..<half]), values: Array(Self.v[..<half]), chunk: 8)
    let long = layer.chunked(queries: Self.q, keys: Self.k, values: Self.v, chunk: 8)
    let shared = (Self.count / 2) / 8 * 8 * Self.channels
    #expect(short[..<shared] == long[..<shared])
  }
}
