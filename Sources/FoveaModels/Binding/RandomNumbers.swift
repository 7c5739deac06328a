import Foundation

/// A stream of numbers that a seed decides, the same on every machine (SplitMix64).
package struct RandomNumbers {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// A stream for a name: streams of other names are independent.
  package init(seed: UInt64, name: String) {
    state = name.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  /// 64 random bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  /// A vector of ±1 (Rademacher), whose products x·Bx have the mean tr B.
  package mutating func signs(_ count: Int) -> [Double] {
    (0..<count).map { _ in next() & 1 == 0 ? 1 : -1 }
  }

  /// Uniform in (0, 1).
  package mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  /// Two independent standard normal numbers (Box and Muller).
  package mutating func normals() -> (Double, Double) {
    let radius = (-2 * log(uniform())).squareRoot()
    let angle = 2 * Double.pi * uniform()
    return (radius * cos(angle), radius * sin(angle))
  }

  /// Standard normal numbers.
  package mutating func normals(count: Int) -> [Float] {
    var result: [Float] = []
    result.reserveCapacity(count + 1)
    while result.count < count {
      let (first, second) = normals()
      result.append(Float(first))
      result.append(Float(second))
    }
    return Array(result.prefix(count))
  }
}
