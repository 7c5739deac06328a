import CFoveaKernels
import Testing

/// A table of kernels that was compiled for this architecture.
struct KernelTable: @unchecked Sendable, CustomTestStringConvertible {
  let kernels: UnsafePointer<fovea_kernels>

  /// Every table there is, the scalar reference first.
  static let all: [KernelTable] = [FOVEA_FLOAT32, FOVEA_BFLOAT16].flatMap { precision in
    (0..<FOVEA_ISA_COUNT.rawValue).compactMap { isa in
      guard let kernels = fovea_kernels_for(fovea_isa(isa), precision) else { return nil }
      return kernels.pointee.isa.rawValue == isa ? KernelTable(kernels: kernels) : nil
    }
  }

  private static let machine = fovea_machine_detect()

  var precision: fovea_precision { kernels.pointee.precision }
  var granularity: Int { kernels.pointee.depth_granularity }

  var testDescription: String {
    let name = fovea_isa_name(kernels.pointee.isa).map { String(cString: $0) } ?? "?"
    return "\(name) \(precision == FOVEA_FLOAT32 ? "float32" : "bfloat16")"
  }

  /// The kernels, or a cancelled test where this machine cannot run them.
  func supported() throws -> fovea_kernels {
    let supported = withUnsafePointer(to: Self.machine) { fovea_isa_supported(kernels.pointee.isa, $0) }
    if !supported { try Test.cancel("this machine cannot run \(testDescription)") }
    return kernels.pointee
  }

  /// The unit roundoff of the elements of maps.
  var roundoff: Double { precision == FOVEA_FLOAT32 ? 0x1p-24 : 0x1p-8 }
}

/// Numbers that depend on the seed alone.
struct Noise: RandomNumberGenerator {
  private var state: UInt64

  init(_ seed: Int) { state = UInt64(truncatingIfNeeded: seed) &* 0x9e37_79b9_7f4a_7c15 }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }

  mutating func floats(_ count: Int, in range: ClosedRange<Float> = -1...1) -> [Float] {
    (0..<count).map { _ in Float.random(in: range, using: &self) }
  }
}
