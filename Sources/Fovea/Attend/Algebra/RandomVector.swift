/// Pseudo-random numbers of a seed (SplitMix64, Steele et al. 2014): the same on every machine.
struct SeededNumbers: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A vector of ±1 (Rademacher), whose products x·Bx have the mean tr B.
  mutating func signs(_ count: Int) -> [Double] {
    (0..<count).map { _ in next() & 1 == 0 ? 1 : -1 }
  }
}
