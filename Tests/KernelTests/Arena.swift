import CFoveaKernels
import Testing

/// The memory of one case: maps and parameters between margins of NaN, so that an element read beside a
/// map shows in the answer and one written beside it shows in `intact`.
final class Arena {
  private var blocks: [UnsafeMutableRawPointer] = []

  deinit { for block in blocks { block.deallocate() } }

  fileprivate func block(bytes: Int) -> UnsafeMutableRawPointer {
    let block = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    blocks.append(block)
    return block
  }

  /// A map holding `values` [rows][channels], as its elements round them.
  func map(_ values: [Float], rows: Int, channels: Int, stride: Int, _ precision: fovea_precision) -> Map {
    let map = Map(arena: self, rows: rows, channels: channels, stride: stride, precision: precision)
    for r in 0..<rows {
      for c in 0..<channels { map[r, c] = values[r * channels + c] }
    }
    return map.remembered()
  }

  /// A map to be written, full of NaN.
  func output(rows: Int, channels: Int, stride: Int, _ precision: fovea_precision) -> Map {
    Map(arena: self, rows: rows, channels: channels, stride: stride, precision: precision).remembered()
  }

  /// Parameters between margins of NaN.
  func floats(_ values: [Float]) -> UnsafeMutablePointer<Float> {
    map(values, rows: 1, channels: values.count, stride: values.count, FOVEA_FLOAT32).start
      .assumingMemoryBound(to: Float.self)
  }

  /// Packed weights, or other bytes, on a cache line.
  func bytes(_ count: Int) -> UnsafeMutableRawPointer { block(bytes: max(count, 64)) }
}

/// `rows` × `channels` elements, `stride` apart, inside a poisoned block.
struct Map {
  let rows: Int, channels: Int, stride: Int
  let precision: fovea_precision
  private let base: UnsafeMutableRawPointer
  private let before: UnsafeMutableRawPointer
  private let count: Int

  private static let margin = 64

  fileprivate init(arena: Arena, rows: Int, channels: Int, stride: Int, precision: fovea_precision) {
    (self.rows, self.channels, self.stride, self.precision) = (rows, channels, stride, precision)
    count = 2 * Self.margin + max(rows - 1, 0) * stride + channels
    base = arena.block(bytes: count * 4)
    before = arena.block(bytes: count * 4)
    for i in 0..<count { store(.nan, at: i) }
  }

  fileprivate func remembered() -> Map {
    before.copyMemory(from: base, byteCount: count * 4)
    return self
  }

  private var size: Int { precision == FOVEA_FLOAT32 ? 4 : 2 }

  /// Element 0 of row 0.
  var start: UnsafeMutableRawPointer { base + Self.margin * size }

  func row(_ r: Int) -> UnsafeMutableRawPointer { start + r * stride * size }

  private func store(_ value: Float, at index: Int) {
    if precision == FOVEA_FLOAT32 {
      base.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
    } else {
      base.storeBytes(of: bfloat16(value), toByteOffset: index * 2, as: UInt16.self)
    }
  }

  subscript(r: Int, c: Int) -> Float {
    get {
      let index = Self.margin + r * stride + c
      if precision == FOVEA_FLOAT32 { return base.load(fromByteOffset: index * 4, as: Float.self) }
      let bits = base.load(fromByteOffset: index * 2, as: UInt16.self)
      return Float(bitPattern: UInt32(bits) << 16)
    }
    nonmutating set { store(newValue, at: Self.margin + r * stride + c) }
  }

  func double(_ r: Int, _ c: Int) -> Double { Double(self[r, c]) }

  /// The elements, row by row.
  var values: [Float] { (0..<rows).flatMap { r in (0..<channels).map { self[r, $0] } } }

  /// Whether nothing outside the elements was written.
  var intact: Bool {
    (0..<count).allSatisfy { i in
      let inside = i - Self.margin
      if inside >= 0, inside < count - 2 * Self.margin, inside % stride < channels { return true }
      return (i * size..<(i + 1) * size).allSatisfy {
        base.load(fromByteOffset: $0, as: UInt8.self) == before.load(fromByteOffset: $0, as: UInt8.self)
      }
    }
  }
}

/// The upper half of a float, rounded to nearest even.
func bfloat16(_ value: Float) -> UInt16 {
  if value.isNaN { return 0x7fc0 }
  let bits = value.bitPattern
  let (low, high) = (bits & 0xffff, UInt16(truncatingIfNeeded: bits >> 16))
  return low > 0x8000 || (low == 0x8000 && high & 1 == 1) ? high &+ 1 : high
}

/// A float as bfloat16 keeps it.
func rounded(_ value: Float, _ precision: fovea_precision) -> Float {
  precision == FOVEA_FLOAT32 ? value : Float(bitPattern: UInt32(bfloat16(value)) << 16)
}

/// What an element should be, in float64, and how far it may be off.
struct Expected {
  var value: Double
  var tolerance: Double
}

/// Compares a whole map with what is expected of it, and reports the worst element. Every table, the scalar
/// reference among them, is held to the same float64 answer, so any two tables agree within twice the
/// tolerance.
func expectAgreement(
  _ map: Map, _ name: @autoclosure () -> String, roundoff: Double = 0,
  sourceLocation: SourceLocation = #_sourceLocation, _ expected: (Int, Int) -> Expected
) {
  var worst = (ratio: 0.0, text: "")
  for r in 0..<map.rows {
    for c in 0..<map.channels {
      let wanted = expected(r, c), found = map.double(r, c)
      let tolerance = wanted.tolerance + roundoff * abs(wanted.value)
      let error = wanted.value == found || (wanted.value.isNaN && found.isNaN) ? 0 : abs(wanted.value - found)
      let ratio = error == 0 ? 0 : error / tolerance
      if !(ratio <= worst.ratio) {
        worst = (
          ratio.isNaN ? .infinity : ratio, "[\(r), \(c)]: \(found), not \(wanted.value) ± \(tolerance)"
        )
      }
    }
  }
  #expect(worst.ratio <= 1, "\(name()) \(worst.text)", sourceLocation: sourceLocation)
  #expect(map.intact, "\(name()) wrote outside of its output", sourceLocation: sourceLocation)
}
