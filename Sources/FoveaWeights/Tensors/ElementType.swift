/// The type of a stored tensor's elements, under the names that safetensors gives them.
public enum ElementType: String, Sendable, CaseIterable {
  /// One byte, false when zero.
  case bool = "BOOL"
  /// Four-bit float, two to a byte.
  case f4 = "F4"
  /// Six-bit float with two exponent bits.
  case f6E2M3 = "F6_E2M3"
  /// Six-bit float with three exponent bits.
  case f6E3M2 = "F6_E3M2"
  /// Unsigned 8-bit integer.
  case u8 = "U8"
  /// Signed 8-bit integer.
  case i8 = "I8"
  /// Eight-bit float, the upper byte of a half.
  case f8E5M2 = "F8_E5M2"
  /// Eight-bit float of larger precision, without infinities.
  case f8E4M3 = "F8_E4M3"
  /// Eight-bit power of two.
  case f8E8M0 = "F8_E8M0"
  /// `f8E4M3` without a negative zero.
  case f8E4M3FNUZ = "F8_E4M3FNUZ"
  /// `f8E5M2` without a negative zero.
  case f8E5M2FNUZ = "F8_E5M2FNUZ"
  /// Signed 16-bit integer.
  case i16 = "I16"
  /// Unsigned 16-bit integer.
  case u16 = "U16"
  /// IEEE half precision.
  case f16 = "F16"
  /// The upper half of a single.
  case bf16 = "BF16"
  /// Signed 32-bit integer.
  case i32 = "I32"
  /// Unsigned 32-bit integer.
  case u32 = "U32"
  /// IEEE single precision.
  case f32 = "F32"
  /// Complex number of two singles.
  case c64 = "C64"
  /// IEEE double precision.
  case f64 = "F64"
  /// Signed 64-bit integer.
  case i64 = "I64"
  /// Unsigned 64-bit integer.
  case u64 = "U64"

  /// The width of one element in bits.
  public var bitWidth: Int {
    switch self {
    case .f4: 4
    case .f6E2M3, .f6E3M2: 6
    case .bool, .u8, .i8, .f8E5M2, .f8E4M3, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ: 8
    case .i16, .u16, .f16, .bf16: 16
    case .i32, .u32, .f32: 32
    case .c64, .f64, .i64, .u64: 64
    }
  }

  /// Whether values of this type can be read as floats.
  public var isReadable: Bool {
    switch self {
    case .f4, .f6E2M3, .f6E3M2, .f8E8M0, .f8E4M3FNUZ, .f8E5M2FNUZ, .c64: false
    default: true
    }
  }

  /// Whether a value of this type may be infinite or not a number.
  public var isFloatingPoint: Bool {
    switch self {
    case .bool, .u8, .i8, .i16, .u16, .i32, .u32, .i64, .u64: false
    default: true
    }
  }

  /// The bytes of `count` elements, or `nil` where they overflow or end inside a byte.
  func byteCount(of count: Int) -> Int? {
    let (bits, overflow) = count.multipliedReportingOverflow(by: bitWidth)
    if !overflow { return bits % 8 == 0 ? bits / 8 : nil }
    guard bitWidth % 8 == 0 else { return nil }
    let (bytes, tooLarge) = count.multipliedReportingOverflow(by: bitWidth / 8)
    return tooLarge ? nil : bytes
  }
}
