extension ElementType {
  /// Converts stored elements to floats: exactly where the type is narrower, else to the nearest.
  ///
  /// `stored` holds `floats.count` elements at any alignment. The loops are plain so that they vectorise.
  func convert(_ stored: UnsafeRawBufferPointer, to floats: UnsafeMutableBufferPointer<Float>) {
    guard let target = floats.baseAddress, let source = stored.baseAddress else { return }
    func each<Stored: BitwiseCopyable>(_: Stored.Type, _ value: (Stored) -> Float) {
      for index in 0..<floats.count {
        let offset = index * MemoryLayout<Stored>.stride
        target[index] = value(source.loadUnaligned(fromByteOffset: offset, as: Stored.self))
      }
    }
    switch self {
    case .f32: UnsafeMutableRawPointer(target).copyMemory(from: source, byteCount: floats.count * 4)
    case .f16: each(UInt16.self, Float.init(halfBits:))
    case .bf16: each(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .f64: each(Double.self) { Float($0) }
    case .bool: each(UInt8.self) { $0 == 0 ? 0 : 1 }
    case .u8: each(UInt8.self) { Float($0) }
    case .i8: each(Int8.self) { Float($0) }
    case .u16: each(UInt16.self) { Float($0) }
    case .i16: each(Int16.self) { Float($0) }
    case .u32: each(UInt32.self) { Float($0) }
    case .i32: each(Int32.self) { Float($0) }
    case .u64: each(UInt64.self) { Float($0) }
    case .i64: each(Int64.self) { Float($0) }
    case .f8E5M2: each(UInt8.self) { Float(halfBits: UInt16($0) << 8) }
    case .f8E4M3: each(UInt8.self, Float.init(e4m3Bits:))
    case .f4, .f6E2M3, .f6E3M2, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ, .c64:
      preconditionFailure("conversion of \(rawValue): expected a readable type")
    }
  }

  /// How many of the stored elements are NaN or infinite.
  func nonFiniteCount(in stored: UnsafeRawBufferPointer) -> Int {
    func count<Bits: FixedWidthInteger>(_: Bits.Type, exponent: Bits) -> Int {
      var total = 0
      for offset in stride(from: 0, to: stored.count, by: MemoryLayout<Bits>.size) {
        let bits = stored.loadUnaligned(fromByteOffset: offset, as: Bits.self)
        total &+= bits & exponent == exponent ? 1 : 0
      }
      return total
    }
    return switch self {
    case .f32: count(UInt32.self, exponent: 0x7F80_0000)
    case .f16: count(UInt16.self, exponent: 0x7C00)
    case .bf16: count(UInt16.self, exponent: 0x7F80)
    case .f64: count(UInt64.self, exponent: 0x7FF0_0000_0000_0000)
    case .f8E5M2: count(UInt8.self, exponent: 0x7C)
    case .f8E4M3: count(UInt8.self, exponent: 0x7F)
    default: 0
    }
  }
}

extension Float {
  /// The value of an IEEE half given by its bits, exactly, without a branch and without the hardware's halves.
  ///
  /// The half's exponent and fraction are moved into a float's place, which is 2⁻¹¹² of the value also for
  /// subnormals; multiplying back is exact. Infinities and NaNs then lack only the upper exponent bits.
  @inline(__always)
  init(halfBits: UInt16) {
    let magnitude = UInt32(halfBits & 0x7FFF)
    let scaled = Float(bitPattern: magnitude << 13) * 0x1p112
    let special: UInt32 = magnitude >= 0x7C00 ? 0x7F80_0000 : 0
    self.init(bitPattern: scaled.bitPattern | special | UInt32(halfBits & 0x8000) << 16)
  }

  /// The value of an eight-bit float with four exponent bits, which has NaN but no infinity.
  @inline(__always)
  init(e4m3Bits: UInt8) {
    let magnitude = UInt32(e4m3Bits & 0x7F)
    let scaled = Float(bitPattern: magnitude << 20) * 0x1p120
    let special: UInt32 = magnitude == 0x7F ? 0x7FC0_0000 : 0
    self.init(bitPattern: scaled.bitPattern | special | UInt32(e4m3Bits & 0x80) << 24)
  }

  /// The nearest half, ties to even; too large a magnitude becomes infinite.
  @inline(__always)
  package var halfBits: UInt16 {
    let magnitude = bitPattern & 0x7FFF_FFFF
    let sign = UInt16(truncatingIfNeeded: bitPattern >> 16) & 0x8000
    if magnitude > 0x7F80_0000 { return sign | 0x7E00 }
    if magnitude >= 0x4780_0000 { return sign | 0x7C00 }
    if magnitude < 0x3880_0000 {
      // Floats in [0.5, 1) lie 2⁻²⁴ apart, as a half's subnormals do: adding 0.5 rounds to that spacing.
      let rounded = (Float(bitPattern: magnitude) + 0.5).bitPattern &- Float(0.5).bitPattern
      return sign | UInt16(truncatingIfNeeded: rounded)
    }
    let rounded = magnitude &+ 0x0FFF &+ (magnitude >> 13 & 1)
    return sign | UInt16(truncatingIfNeeded: (rounded &- 0x3800_0000) >> 13)
  }

  /// The nearest bfloat16, ties to even; a NaN stays one.
  @inline(__always)
  var brainBits: UInt16 {
    let bits = bitPattern
    let quiet = UInt16(truncatingIfNeeded: bits >> 16) | 0x40
    let rounded = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    return bits & 0x7FFF_FFFF > 0x7F80_0000 ? quiet : rounded
  }
}
