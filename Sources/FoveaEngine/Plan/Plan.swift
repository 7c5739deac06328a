import FoveaGraph

/// A graph at one size of input: steps in order, and where every map lies in one arena.
final class Plan: Sendable {
  let steps: [any Step]
  /// Every stretch of the arena, with its life.
  let regions: [Region]
  /// Regions that hold the same bytes in every run.
  let constants: [RegionID: AlignedBuffer]
  /// Where maps come in and go out.
  let ends: PlanEnds
  let arenaBytes: Int
  /// Bytes from a thread's scratch to the next one's: the largest that a step wants, and a page between, so
  /// that no two threads write to one cache line.
  let scratchStride: Int
  /// Bytes of the tables and constant maps that it keeps between runs.
  let tableBytes: Int
  /// The regions of the arena that nobody needs after a moment; see `Moment.position`.
  private let forgotten: [Int: [RegionID]]

  /// A plan of steps and the bytes of the regions that they name; how long these live follows from the steps.
  init(
    steps: [any Step], regionBytes: [Int], constants: [RegionID: AlignedBuffer], ends: PlanEnds,
    unseenReads: Set<String>
  ) {
    var regions = Lifetimes(steps, ends, unseenReads: unseenReads).regions(of: regionBytes)
    let borrowed = ends.borrowsInputs ? ends.inputs.map(\.region) : []
    let own = regions.ids.filter { constants[$0] == nil && !borrowed.contains($0) }
    var arena = own.map { regions[$0] }
    arenaBytes = ArenaPlanner.assign(&arena)
    for (id, region) in zip(own, arena) { regions[id] = region }
    self.steps = steps
    self.regions = regions
    self.constants = constants
    self.ends = ends
    tableBytes = constants.values.map(\.byteCount).reduce(0, +) + steps.map(\.tableBytes).reduce(0, +)
    scratchStride = (steps.map(\.scratchBytes).max() ?? 0).roundedToCacheLine + 4096
    forgotten = Dictionary(grouping: own) { regions[$0].lastStep }
  }

  /// Bytes of maps, scratch and tables that a run takes, beside the weights.
  func byteCount(threads: Int) -> Int {
    tableBytes + runBytes(threads: threads)
  }

  /// Bytes of maps and scratch, which a run takes and the next plan's run gives back.
  func runBytes(threads: Int) -> Int {
    arenaBytes + scratchStride * threads + (steps.map(\.passingBytes).max() ?? 0)
  }

  /// Bytes of the maps that a step reads and writes.
  func mapBytes(of step: any Step) -> Int {
    Set(step.reads + step.writes).map { regions[$0].byteCount }.reduce(0, +)
  }

  /// Runs all steps in order, each within `around`.
  func run(_ execution: Execution, around: (_ step: Int, _ run: () -> Void) -> Void = { $1() }) {
    forget(after: .arrival, execution)
    for (index, step) in steps.enumerated() {
      around(index) { step.run(execution) }
      forget(after: .step(index), execution)
    }
  }

  /// Where dead memory is poisoned, fills what nobody needs any more with bytes that are no number.
  private func forget(after moment: Moment, _ execution: Execution) {
    guard execution.poisonsMemory else { return }
    for region in forgotten[moment.position(steps: steps.count)] ?? [] {
      execution.pointer(region).initializeMemory(
        as: UInt8.self, repeating: 0xff, count: regions[region].byteCount)
    }
  }
}

/// Where a plan's maps come in and go out.
struct PlanEnds: Sendable {
  var inputs: [Placement]
  /// True where the inputs are read in the caller's memory, and the arena has no place for them.
  var borrowsInputs: Bool
  var outputs: [Placement]
  /// The program that reads the image's rows as they arrive, where the plan streams; it runs before the
  /// steps.
  var arriving: ArrivingRowsProgram?
  /// The program that computes the last map's rows as they are read, where they are not
  /// kept; it runs after the steps.
  var departing: DepartingRowsProgram?
}
