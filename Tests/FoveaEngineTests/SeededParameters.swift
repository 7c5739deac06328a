import FoveaEngine
import FoveaGraph

/// SplitMix64: the same numbers on every machine.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// A generator for a name, so that the order of asking does not matter.
  init(seed: UInt64, name: String) {
    state = name.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// Uniform numbers, of 24 bits so that float32 holds them.
  mutating func floats(_ count: Int, in range: ClosedRange<Float>) -> [Float] {
    (0..<count).map { _ in
      range.lowerBound + (range.upperBound - range.lowerBound) * Float(next() >> 40) / Float(1 << 24)
    }
  }
}

/// Random parameters that keep maps about as large as they were: the squares of a filter's weights sum to
/// about one, norms divide by about one.
struct SeededParameters: ParameterSource {
  var seed: UInt64 = 7

  func values(of parameter: Parameter) -> [Float] {
    var generator = SeededGenerator(seed: seed, name: parameter.path)
    let terms = parameter.shape.dropFirst().reduce(1, *)
    let range: ClosedRange<Float> =
      if parameter.path.hasSuffix("running_var") {
        0.6...1.4
      } else if parameter.path.hasSuffix("weight") {
        parameter.shape.count > 1
          ? -(3 / Float(terms)).squareRoot()...(3 / Float(terms)).squareRoot() : 0.5...1.5
      } else {
        -0.5...0.5
      }
    return generator.floats(parameter.count, in: range)
  }
}

extension FeatureMap {
  /// A map of uniform numbers between −1 and 1.
  init(random shape: Shape, seed: UInt64 = 1) {
    var generator = SeededGenerator(seed: seed)
    self.init(shape: shape, values: generator.floats(shape.elements, in: -1...1))
  }

  /// Whether two maps hold the same bits.
  func isIdentical(to other: FeatureMap) -> Bool {
    shape == other.shape && zip(values, other.values).allSatisfy { $0.bitPattern == $1.bitPattern }
  }
}
