/// When a plan's memory is used.
enum Moment: Hashable {
  /// Before all steps: the caller's maps come in.
  case arrival
  /// While a step runs, by its place in the plan.
  case step(Int)
  /// After all steps: the caller reads the results.
  case departure

  /// Its place in time, steps from 0 on.
  func position(steps: Int) -> Int {
    switch self {
    case .arrival: -1
    case .step(let index): index
    case .departure: steps
    }
  }
}

/// The moments at which every region of a plan is read or written, from what the steps and the plan's ends
/// declare.
struct Lifetimes {
  private var moments: [RegionID: ClosedRange<Int>] = [:]
  private let stepCount: Int

  /// `unseenReads` are the paths of steps that are taken to declare no reads.
  init(_ steps: [any Step], _ ends: PlanEnds, unseenReads: Set<String>) {
    stepCount = steps.count
    use(ends.inputs.map(\.region), at: .arrival)
    if let arriving = ends.arriving { use(arriving.reads + arriving.writes, at: .arrival) }
    for (index, step) in steps.enumerated() {
      if unseenReads.isDisjoint(with: step.paths) { use(step.reads, at: .step(index)) }
      use(step.writes, at: .step(index))
    }
    if let departing = ends.departing { use(departing.reads + departing.writes, at: .departure) }
    use(ends.outputs.map(\.region), at: .departure)
  }

  private mutating func use(_ regions: [RegionID], at moment: Moment) {
    let position = moment.position(steps: stepCount)
    for region in regions {
      let known = moments[region] ?? position...position
      moments[region] = min(known.lowerBound, position)...max(known.upperBound, position)
    }
  }

  /// Regions of some bytes with their lives; those that nobody uses take none.
  func regions(of bytes: [Int]) -> [Region] {
    bytes.enumerated().map { index, bytes in
      guard let life = moments[RegionID(index)] else {
        return Region(byteCount: 0, firstStep: stepCount, lastStep: stepCount)
      }
      return Region(byteCount: bytes, firstStep: life.lowerBound, lastStep: life.upperBound)
    }
  }
}
