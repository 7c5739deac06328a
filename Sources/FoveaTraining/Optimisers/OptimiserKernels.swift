import CFoveaKernels
import FoveaEngine

/// The kernels that losses and optimisers run: float32, of the instruction set that the engine would take.
enum OptimiserKernels {
  nonisolated(unsafe) static let table: UnsafePointer<fovea_kernels> = {
    let forced = try? InstructionSet.forced()
    let choice = forced ?? .best(for: .float32)
    guard
      let table = fovea_kernels_for(choice.code, FOVEA_FLOAT32)
        ?? fovea_kernels_for(FOVEA_ISA_SCALAR, FOVEA_FLOAT32)
    else { preconditionFailure("no kernels for \(choice)") }
    return table
  }()
}
