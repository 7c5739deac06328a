/// A generator of reproducible changes to a file (SplitMix64).
struct Mutation: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
    return value ^ value >> 31
  }

  /// `bytes` after one to four changes: bits flipped, bytes that matter put in, runs cut, doubled, moved.
  mutating func applied(to bytes: [UInt8]) -> [UInt8] {
    var result = bytes
    for _ in 0..<Int.random(in: 1...4, using: &self) where !result.isEmpty {
      let place = Int.random(in: 0..<result.count, using: &self)
      let end = min(result.count, place + Int.random(in: 1...16, using: &self))
      switch Int.random(in: 0..<8, using: &self) {
      case 0: result[place] ^= 1 << UInt8.random(in: 0..<8, using: &self)
      case 1: result[place] = UInt8.random(in: 0...255, using: &self)
      case 2: result[place] = Self.telling.randomElement(using: &self) ?? 0
      case 3: result.removeSubrange(place..<end)
      case 4: result.insert(contentsOf: result[place..<end], at: place)
      case 5: result.insert(Self.telling.randomElement(using: &self) ?? 0, at: place)
      case 6: putInteger(into: &result, at: place)
      default:
        let target = Int.random(in: 0...result.count, using: &self)
        result.insert(contentsOf: result[place..<end], at: target)
      }
    }
    return result
  }

  /// Overwrites one, two, four or eight bytes with a number at the edge of what they hold.
  private mutating func putInteger(into bytes: inout [UInt8], at place: Int) {
    let value = Self.edges.randomElement(using: &self) ?? 0
    let size = min(bytes.count - place, 1 << Int.random(in: 0...3, using: &self))
    for index in 0..<size { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * index)) }
  }

  /// The instructions of a pickle, and the characters of a header.
  private static let telling: [UInt8] =
    Array("{}[]\":,\\0129-.eutfnNKMJGXSVCBcibaQRPqrphgj()ld".utf8)
    + [0x80, 0x81, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8A, 0x8C, 0x93, 0x94, 0x95, 0, 0x7F, 0xFF]

  private static let edges: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 40, 1 << 62,
    UInt64.max / 2, UInt64.max / 2 + 1, .max,
  ]
}
