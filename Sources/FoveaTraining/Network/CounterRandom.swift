/// Random numbers that depend on a seed, a place, a step and an index alone (SplitMix64's finaliser over them):
/// the same for any number of threads, and when a run is resumed.
struct CounterRandom {
  private let key: UInt64

  /// The numbers of a place of the network.
  init(seed: UInt64, place: Int) {
    key = Self.mix(seed ^ Self.mix(UInt64(place) &+ 0x9e37_79b9_7f4a_7c15))
  }

  /// A number in [0, 1), of 24 bits.
  @inline(__always) func uniform(step: Int, index: Int) -> Float {
    let bits = Self.mix(Self.mix(key ^ UInt64(step)) ^ UInt64(index))
    return Float(bits >> 40) / Float(1 << 24)
  }

  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    var z = value &+ 0x9e37_79b9_7f4a_7c15
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
