import FoveaGraph

/// What the engine cannot do for its caller.
public enum EngineError: Error, Sendable, Equatable, CustomStringConvertible {
  /// `FOVEA_FORCE_ISA` is no instruction set's name.
  case unknownInstructionSet(String)
  /// This machine, or this build, lacks an instruction set.
  case unsupportedInstructionSet(InstructionSet)
  /// An instruction set has no kernels at a precision.
  case unsupportedPrecision(Precision, InstructionSet)
  /// The system refused memory.
  case outOfMemory(bytes: Int)
  /// More memory is needed than was allowed.
  case overMemoryLimit(bytes: Int, limit: Int)

  /// One line, without a hint.
  public var description: String {
    switch self {
    case .unknownInstructionSet(let name):
      "unknown instruction set '\(name)' (known: "
        + InstructionSet.allCases.map(\.rawValue).joined(separator: ", ") + ")"
    case .unsupportedInstructionSet(let set):
      "this machine does not run the instruction set '\(set.rawValue)'"
    case .unsupportedPrecision(let precision, let set):
      "no kernels for \(precision.rawValue) on '\(set.rawValue)'"
    case .outOfMemory(let bytes):
      "the system refused \(bytes) bytes of memory"
    case .overMemoryLimit(let bytes, let limit):
      "\(bytes) bytes of memory are needed, over the limit of \(limit)"
    }
  }
}
