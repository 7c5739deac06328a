/// The SHA-256 hash (FIPS 180-4), fed piece by piece.
package struct SHA256 {
  private var state: [UInt32] = SHA256.initialState
  private var block = [UInt8]()
  private var byteCount: UInt64 = 0

  /// A hash of nothing yet.
  package init() { block.reserveCapacity(64) }

  /// Adds bytes. Cost: linear.
  package mutating func update(_ bytes: UnsafeRawBufferPointer) {
    byteCount += UInt64(bytes.count)
    var rest = bytes[...]
    while !rest.isEmpty {
      if block.isEmpty && rest.count >= 64 {
        compress(UnsafeRawBufferPointer(rebasing: rest.prefix(64)))
        rest = rest.dropFirst(64)
        continue
      }
      let taken = rest.prefix(64 - block.count)
      block += taken
      rest = rest.dropFirst(taken.count)
      if block.count == 64 { compressBlock() }
    }
  }

  /// Adds bytes. Cost: linear.
  package mutating func update(_ bytes: [UInt8]) { bytes.withUnsafeBytes { update($0) } }

  /// The hash of all bytes so far, as 64 hexadecimal digits in lower case.
  package func hexDigest() -> String {
    var copy = self
    copy.pad()
    return copy.state.map { word in
      let digits = String(word, radix: 16)
      return String(repeating: "0", count: 8 - digits.count) + digits
    }.joined()
  }

  /// The hash of `bytes`, as 64 hexadecimal digits in lower case.
  package static func hexDigest(_ bytes: [UInt8]) -> String {
    var hash = SHA256()
    hash.update(bytes)
    return hash.hexDigest()
  }

  private mutating func pad() {
    let bits = byteCount &* 8
    block.append(0x80)
    if block.count > 56 {
      block += repeatElement(0, count: 64 - block.count)
      compressBlock()
    }
    block += repeatElement(0, count: 56 - block.count)
    block += (0..<8).map { UInt8(truncatingIfNeeded: bits >> (56 - 8 * UInt64($0))) }
    compressBlock()
  }

  private mutating func compressBlock() {
    let full = block
    block.removeAll(keepingCapacity: true)
    full.withUnsafeBytes { compress($0) }
  }

  private mutating func compress(_ bytes: UnsafeRawBufferPointer) {
    withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 64) { schedule in
      for i in 0..<16 {
        schedule[i] = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
      }
      for i in 16..<64 {
        let (a, b) = (schedule[i - 15], schedule[i - 2])
        let s0 = rotate(a, 7) ^ rotate(a, 18) ^ (a >> 3)
        let s1 = rotate(b, 17) ^ rotate(b, 19) ^ (b >> 10)
        schedule[i] = schedule[i - 16] &+ s0 &+ schedule[i - 7] &+ s1
      }
      Self.constants.withUnsafeBufferPointer { mix(UnsafeBufferPointer(schedule), $0) }
    }
  }

  private mutating func mix(
    _ schedule: UnsafeBufferPointer<UInt32>, _ constants: UnsafeBufferPointer<UInt32>
  ) {
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in 0..<64 {
      let s1 = rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)
      let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ constants[i] &+ schedule[i]
      let s0 = rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)
      let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
    }
    state[0] &+= a
    state[1] &+= b
    state[2] &+= c
    state[3] &+= d
    state[4] &+= e
    state[5] &+= f
    state[6] &+= g
    state[7] &+= h
  }

  private func rotate(_ value: UInt32, _ count: UInt32) -> UInt32 { value &>> count | value &<< (32 - count) }

  // The standard's numbers: the first 32 bits behind the point of the square roots of the first 8 primes and of
  // the cube roots of the first 64. They are found in integers: ⌊√(p · 2⁶⁴)⌋ and ⌊∛(p · 2⁹⁶)⌋, low 32 bits.
  private static let primes: [UInt64] = (2...311).filter { n in !(2..<n).contains { n % $0 == 0 } }.map(
    UInt64.init)

  private static let initialState = primes.prefix(8).map { prime in
    largest { root in UInt128(root) * UInt128(root) <= UInt128(prime) << 64 }
  }

  private static let constants = primes.map { prime in
    largest { root in UInt128(root) * UInt128(root) * UInt128(root) <= UInt128(prime) << 96 }
  }

  /// The low 32 bits of the largest number below 2⁴⁰ for which `holds`; it holds for all smaller ones.
  private static func largest(where holds: (UInt64) -> Bool) -> UInt32 {
    var (low, high) = (UInt64(0), UInt64(1) << 40)
    while high - low > 1 {
      let middle = (low + high) / 2
      if holds(middle) { low = middle } else { high = middle }
    }
    return UInt32(truncatingIfNeeded: low)
  }
}
