import CFoveaKernels
import FoveaEngine

/// What an operation needs while it runs.
struct Pass {
  let kernels: UnsafePointer<fovea_kernels>
  /// The kernels for float32 elements, for sums and parameters at any precision.
  let floatKernels: UnsafePointer<fovea_kernels>
  let workers: Workers
  let elementSize: Int
  let seed: UInt64
  var step = 0
  var isTraining = true
}

/// An operation of the graph while it is trained: its output, and its gradients.
///
/// Forward fills the output's map; backward reads the gradient of it, adds to the gradients of the parameters and
/// fills those of the sources that have a target. Neither allocates.
protocol DifferentiableOperation: AnyObject {
  /// Bytes of scratch that a thread wants.
  var scratchBytes: Int { get }
  /// What backward reads besides the output's gradient.
  var memory: BackwardMemory { get }
  /// Asks for memory that lives during one step; the gradients' targets are known by then.
  func plan(_ planner: WorkspacePlanner)
  func forward(_ pass: Pass)
  func backward(_ pass: Pass)
}

/// The maps that must outlive the forward pass.
struct BackwardMemory {
  var sources: [Bool]
  var output = false
}

extension DifferentiableOperation {
  var scratchBytes: Int { 0 }
  func plan(_ planner: WorkspacePlanner) {}
}

/// Hands out memory for the steps of one operation.
struct WorkspacePlanner {
  let forwardStep: Int
  let backwardStep: Int
  let kernels: UnsafePointer<fovea_kernels>
  let register: (Storage) -> Void

  /// Bytes that are wanted during the forward step.
  func forward(_ byteCount: Int) -> Storage { made(byteCount, at: [forwardStep]) }
  /// Bytes that are wanted during the backward step.
  func backward(_ byteCount: Int) -> Storage { made(byteCount, at: [backwardStep]) }
  /// Bytes that keep what forward wrote for backward.
  func both(_ byteCount: Int) -> Storage { made(byteCount, at: [forwardStep, backwardStep]) }

  private func made(_ byteCount: Int, at steps: [Int]) -> Storage {
    let storage = Storage(byteCount: max(byteCount, 64))
    for step in steps { storage.use(at: step) }
    register(storage)
    return storage
  }
}
