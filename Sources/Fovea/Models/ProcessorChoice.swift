import FoveaEngine

/// The instruction set that the engine takes on this machine, and why.
public struct ProcessorChoice: Sendable, Hashable {
  /// What is taken.
  public let instructionSet: InstructionSet
  /// Why, in a few words.
  public let reason: String

  /// The choice at a precision, as an engine makes it.
  ///
  /// Throws with status `usage` where `FOVEA_FORCE_ISA` names none, or one that this machine lacks.
  public init(for precision: Precision = .float32) throws(FoveaError) {
    do {
      if let forced = try InstructionSet.forced() {
        (instructionSet, reason) = (forced, "asked for by FOVEA_FORCE_ISA")
      } else {
        let best = InstructionSet.best(for: precision)
        (instructionSet, reason) = (best, "the best of this machine for \(precision.rawValue)")
      }
    } catch {
      throw FoveaError(running: error, path: "FOVEA_FORCE_ISA")
    }
  }
}
