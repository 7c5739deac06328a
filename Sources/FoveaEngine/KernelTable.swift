import CFoveaKernels

/// The kernels of one instruction set at one precision, which live as long as the process.
package struct KernelTable: @unchecked Sendable {
  /// The instruction set of the kernels: a lesser one where the chosen one has none of its own at the precision.
  package let instructionSet: InstructionSet
  package let pointer: UnsafePointer<fovea_kernels>

  /// The kernels of the instruction set that is asked for; for nil of the one that `FOVEA_FORCE_ISA` names, and
  /// without it of the machine's best.
  ///
  /// Throws an `EngineError` where the instruction set, or the precision on it, is not to be had.
  package init(_ asked: InstructionSet?, precision: Precision) throws(EngineError) {
    let forced = asked == nil ? try InstructionSet.forced() : asked
    let set = forced ?? .best(for: precision)
    guard set.isSupported else { throw .unsupportedInstructionSet(set) }
    guard let table = fovea_kernels_for(set.code, precision.code) else {
      throw .unsupportedPrecision(precision, set)
    }
    instructionSet = InstructionSet.allCases.first { $0.code == table.pointee.isa } ?? set
    pointer = table
  }

  /// The float32 kernels for work beside any engine: losses, optimisers, analysis.
  ///
  /// Where `FOVEA_FORCE_ISA` names what cannot be had they are the machine's best; the engine tells of it.
  package static let float32: KernelTable = {
    for asked in [nil, InstructionSet.best(for: .float32), .scalar] {
      if let table = try? KernelTable(asked, precision: .float32) { return table }
    }
    preconditionFailure("the scalar kernels are in every build")
  }()
}
