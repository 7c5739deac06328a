import FoveaGraph

/// A graph at one size of input: steps in order, and where every map lies in one arena.
final class Plan: Sendable {
  let steps: [any Step]
  let regions: [Region]
  /// Regions that hold the same bytes in every run, by region.
  let constants: [Int: AlignedBuffer]
  let inputs: [Placement]
  let outputs: [Placement]
  /// The program that reads the image's rows as they arrive, where the plan streams; it runs before the steps.
  let arrivingRows: ArrivingRowsProgram?
  let arenaBytes: Int
  /// Bytes from a thread's scratch to the next one's: the largest that a step wants, and a page between, so that
  /// no two threads write to one cache line.
  let scratchStride: Int

  init(
    steps: [any Step], regions: [Region], constants: [Int: AlignedBuffer], inputs: [Placement],
    outputs: [Placement], arrivingRows: ArrivingRowsProgram?
  ) {
    var assigned = regions
    var arena = assigned.indices.filter { constants[$0] == nil }.map { assigned[$0] }
    arenaBytes = ArenaPlanner.assign(&arena)
    for (index, region) in zip(assigned.indices.filter { constants[$0] == nil }, arena) {
      assigned[index] = region
    }
    self.steps = steps
    self.regions = assigned
    self.constants = constants
    self.inputs = inputs
    self.outputs = outputs
    self.arrivingRows = arrivingRows
    scratchStride = (steps.map(\.scratchBytes).max() ?? 0).roundedToCacheLine + 4096
  }
}

/// The memory in which a plan runs; one run at a time.
final class Workspace: @unchecked Sendable {
  let arena: AlignedBuffer
  let scratch: AlignedBuffer
  let regions: UnsafeMutablePointer<UnsafeMutableRawPointer>

  init(_ plan: Plan, threads: Int) throws(EngineError) {
    arena = try AlignedBuffer(byteCount: plan.arenaBytes)
    scratch = try AlignedBuffer(byteCount: plan.scratchStride * threads)
    regions = .allocate(capacity: max(plan.regions.count, 1))
    for index in plan.regions.indices {
      let location = plan.constants[index]?.base ?? arena.base + plan.regions[index].offset
      (regions + index).initialize(to: location)
    }
  }

  deinit { regions.deallocate() }
}
