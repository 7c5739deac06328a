/// What a sample is while a picture is resized, and how its weighted sum is taken. Pillow's two ways: 8 bits with
/// fixed-point weights, whose sums are exact, and float32 with sums in double precision.
protocol ResampledSample: BitwiseCopyable {
  /// What weights and sums are.
  associatedtype Sum: BitwiseCopyable

  /// A weight, about -1...1, as sums use it.
  static func weight(_ weight: Double) -> Sum
  /// What a sum begins with, so that the sample of it is rounded.
  static var empty: Sum { get }
  /// sum + sample · weight.
  static func add(_ sample: Self, times weight: Sum, to sum: Sum) -> Sum
  /// The sample that a whole sum stands for.
  static func sample(of sum: Sum) -> Self
  /// The sample of an 8-bit one.
  init(_ sample: UInt8)
}

extension UInt8: ResampledSample {
  /// Bits behind the point of a weight.
  private static var fractionBits: Int32 { 22 }

  static func weight(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << fractionBits)
    return Int32(weight < 0 ? scaled - 0.5 : scaled + 0.5)
  }

  static var empty: Int32 { 1 << (fractionBits - 1) }

  @inline(__always) static func add(_ sample: UInt8, times weight: Int32, to sum: Int32) -> Int32 {
    sum &+ Int32(sample) &* weight
  }

  /// The fraction is dropped (half was there from the start), the ends clipped.
  @inline(__always) static func sample(of sum: Int32) -> UInt8 {
    UInt8(truncatingIfNeeded: Swift.max(0, Swift.min(255, sum >> fractionBits)))
  }
}

extension Float: ResampledSample {
  static func weight(_ weight: Double) -> Double { weight }

  static var empty: Double { 0 }

  @inline(__always) static func add(_ sample: Float, times weight: Double, to sum: Double) -> Double {
    sum + Double(sample) * weight
  }

  @inline(__always) static func sample(of sum: Double) -> Float { Float(sum) }
}
