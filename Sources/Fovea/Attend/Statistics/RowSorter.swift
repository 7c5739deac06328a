/// Sorts the magnitudes of rows, with memory that is kept between rows.
///
/// The bits of floats ≥ 0 are ordered as the floats are: two or three passes of counting sort by 11 bits.
struct RowSorter {
  private var keys: [UInt32] = []
  private var other: [UInt32] = []
  private var counts = [Int](repeating: 0, count: 3 << 11)

  /// Calls with |row| in ascending order. O(n).
  mutating func withSortedMagnitudes(of row: [Float], _ body: (UnsafeBufferPointer<Float>) -> Void) {
    if keys.count != row.count {
      keys = [UInt32](repeating: 0, count: row.count)
      other = keys
    }
    keys.withUnsafeMutableBufferPointer { keys in
      other.withUnsafeMutableBufferPointer { other in
        counts.withUnsafeMutableBufferPointer { counts in
          counts.update(repeating: 0)
          for (place, weight) in row.enumerated() {
            let key = weight.bitPattern & 0x7fff_ffff
            keys[place] = key
            counts[Int(key & 0x7ff)] += 1
            counts[2048 + Int(key >> 11 & 0x7ff)] += 1
            counts[4096 + Int(key >> 22)] += 1
          }
          Self.pass(from: keys, to: other, counts, digit: 0)
          Self.pass(from: other, to: keys, counts, digit: 1)
          Self.pass(from: keys, to: other, counts, digit: 2)
        }
        other.withMemoryRebound(to: Float.self) { body(UnsafeBufferPointer($0)) }
      }
    }
  }

  private static func pass(
    from source: UnsafeMutableBufferPointer<UInt32>, to target: UnsafeMutableBufferPointer<UInt32>,
    _ counts: UnsafeMutableBufferPointer<Int>, digit: Int
  ) {
    var start = 0
    for bucket in digit << 11..<(digit + 1) << 11 {
      (counts[bucket], start) = (start, start + counts[bucket])
    }
    let shift = UInt32(11 * digit)
    for key in source {
      let bucket = digit << 11 + Int(key >> shift & 0x7ff)
      target[counts[bucket]] = key
      counts[bucket] += 1
    }
  }
}
