import FoveaGraph

/// A graph at one size of input: steps in order, and where every map lies in one arena.
final class Plan: Sendable {
  let steps: [any Step]
  /// Bytes of the maps that each step reads and writes.
  let stepBytes: [Int]
  let regions: [Region]
  /// Regions that hold the same bytes in every run, by region.
  let constants: [Int: AlignedBuffer]
  let inputs: [Placement]
  /// True where the inputs are read in the caller's memory, and the arena has no place for them.
  let borrowsInputs: Bool
  let outputs: [Placement]
  /// The program that reads the image's rows as they arrive, where the plan streams; it runs before the steps.
  let arrivingRows: ArrivingRowsProgram?
  /// The program that computes the last map's rows as they are read, where they are not
  /// kept; it runs after the steps.
  let departingRows: DepartingRowsProgram?
  let arenaBytes: Int
  /// Bytes from a thread's scratch to the next one's: the largest that a step wants, and a page between, so that
  /// no two threads write to one cache line.
  let scratchStride: Int
  /// Bytes of the tables and constant maps that it keeps between runs.
  let tableBytes: Int

  init(
    steps: [any Step], stepBytes: [Int], regions: [Region], constants: [Int: AlignedBuffer],
    inputs: [Placement],
    borrowsInputs: Bool, outputs: [Placement], arrivingRows: ArrivingRowsProgram?,
    departingRows: DepartingRowsProgram?
  ) {
    var assigned = regions
    let borrowed = borrowsInputs ? inputs.map(\.region) : []
    let own = assigned.indices.filter { constants[$0] == nil && !borrowed.contains($0) }
    var arena = own.map { assigned[$0] }
    arenaBytes = ArenaPlanner.assign(&arena)
    for (index, region) in zip(own, arena) { assigned[index] = region }
    self.steps = steps
    self.stepBytes = stepBytes
    self.regions = assigned
    self.constants = constants
    self.inputs = inputs
    self.borrowsInputs = borrowsInputs
    self.outputs = outputs
    self.arrivingRows = arrivingRows
    self.departingRows = departingRows
    tableBytes = constants.values.map(\.byteCount).reduce(0, +) + steps.map(\.tableBytes).reduce(0, +)
    scratchStride = (steps.map(\.scratchBytes).max() ?? 0).roundedToCacheLine + 4096
  }

  /// Bytes of maps, scratch and tables that a run takes, beside the weights.
  func byteCount(threads: Int) -> Int {
    tableBytes + runBytes(threads: threads)
  }

  /// Bytes of maps and scratch, which a run takes and the next plan's run gives back.
  func runBytes(threads: Int) -> Int {
    arenaBytes + scratchStride * threads + (steps.map(\.passingBytes).max() ?? 0)
  }
}

/// The memory in which a plan runs; one run at a time.
final class Workspace: @unchecked Sendable {
  let arena: AlignedBuffer
  let scratch: AlignedBuffer
  let regions: UnsafeMutablePointer<UnsafeMutableRawPointer>
  var byteCount: Int { arena.byteCount + scratch.byteCount }

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

extension Plan {
  /// Calls `body` while the plan's inputs are the caller's maps: read where they lie, or copied to their places.
  ///
  /// Kernels only read an input's region.
  func withInputs<Result>(
    _ maps: [FeatureMap], _ workspace: Workspace, _ execution: Execution, body: () throws -> Result
  ) rethrows -> Result {
    guard borrowsInputs else {
      for (map, placement) in zip(maps, inputs) { execution.store(map, at: placement) }
      return try body()
    }
    return try withInputs(maps[...], inputs[...], workspace, body: body)
  }

  private func withInputs<Result>(
    _ maps: ArraySlice<FeatureMap>, _ places: ArraySlice<Placement>, _ workspace: Workspace,
    body: () throws -> Result
  ) rethrows -> Result {
    guard let map = maps.first, let place = places.first else { return try body() }
    return try map.values.withUnsafeBytes { bytes in
      if let start = bytes.baseAddress {
        workspace.regions[place.region] = UnsafeMutableRawPointer(mutating: start)
      }
      return try withInputs(maps.dropFirst(), places.dropFirst(), workspace, body: body)
    }
  }
}
