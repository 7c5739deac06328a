import CFoveaKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// The instruction sets that kernels are written for, worst first.
public enum InstructionSet: String, Sendable, CaseIterable, Codable {
  case scalar, neon, avx2, avx512, avx512bf16, amx

  package var code: fovea_isa {
    switch self {
    case .scalar: FOVEA_ISA_SCALAR
    case .neon: FOVEA_ISA_NEON
    case .avx2: FOVEA_ISA_AVX2
    case .avx512: FOVEA_ISA_AVX512
    case .avx512bf16: FOVEA_ISA_AVX512BF16
    case .amx: FOVEA_ISA_AMX
    }
  }

  /// Whether this machine runs it, and this build has its kernels at some precision.
  public var isSupported: Bool {
    withUnsafePointer(to: Machine.current.detected) { fovea_isa_supported(code, $0) }
      && Precision.allCases.contains { fovea_kernels_for(code, $0.code) != nil }
  }

  /// Whether this machine runs it, and it has kernels of its own at a precision.
  public func isSupported(at precision: Precision) -> Bool {
    isSupported && fovea_kernels_for(code, precision.code)?.pointee.isa == code
  }

  /// The best instruction set of this machine that has kernels at a precision.
  public static func best(for precision: Precision) -> InstructionSet {
    allCases.last { $0.isSupported(at: precision) } ?? .scalar
  }

  /// The instruction set named by the environment variable `FOVEA_FORCE_ISA`, or nil where it is not set.
  ///
  /// Throws `EngineError.unknownInstructionSet` or `.unsupportedInstructionSet`.
  public static func forced() throws(EngineError) -> InstructionSet? {
    guard let value = getenv("FOVEA_FORCE_ISA") else { return nil }
    let name = String(cString: value)
    guard let set = InstructionSet(rawValue: name) else { throw .unknownInstructionSet(name) }
    guard set.isSupported else { throw .unsupportedInstructionSet(set) }
    return set
  }
}

/// What the elements of feature maps are while the engine runs; sums and norms are float32 always.
public enum Precision: String, Sendable, CaseIterable, Codable {
  case float32 = "f32"
  case bfloat16 = "bf16"

  package var code: fovea_precision { self == .float32 ? FOVEA_FLOAT32 : FOVEA_BFLOAT16 }
  /// Bytes of one element.
  public var elementSize: Int { self == .float32 ? 4 : 2 }
}

/// This machine's processor, as it was found when the process first asked.
public struct Machine: Sendable {
  let detected: fovea_machine

  /// The machine that the process runs on.
  public static let current = Machine(detected: fovea_machine_detect())

  /// The processor's name.
  public var model: String {
    withUnsafeBytes(of: detected.model) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
  /// Bytes of one core's second-level cache; 1 MiB where the machine does not say.
  public var secondLevelCache: Int { detected.l2_bytes > 0 ? Int(detected.l2_bytes) : 1 << 20 }
  /// Bytes of one core's first-level data cache; 32 KiB where the machine does not say.
  public var firstLevelCache: Int { detected.l1_bytes > 0 ? Int(detected.l1_bytes) : 32 << 10 }
  /// Processors that this process may use at once; `processorLimit` tells why.
  public var processors: Int { Self.processorLimit.value }
}
