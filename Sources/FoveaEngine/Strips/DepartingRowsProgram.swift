import FoveaGraph

/// The program of a plan's last map where that is too large to keep: its rows are computed as they are read.
struct DepartingRowsProgram: Sendable {
  var bands: BandProgram
  /// The rows that the map's region holds: a ring of two bands.
  let keptRows: Int
  /// The region of the rings.
  var region = RegionID(0)
  /// The regions that it reads and writes, its rings among them.
  var reads: [RegionID] { bands.program.reads }
  var writes: [RegionID] { bands.program.writes + [region] }

  /// The rows that are computed at a time, and may be asked for at a time.
  static let bandRows = 64

  /// A program whose last stage alone writes to a region, which becomes a ring.
  init(_ program: StripProgram, threads: Int, elementSize: Int, budget: Int) {
    keptRows = min(2 * Self.bandRows, program.last.shape.height)
    // as many columns at a time as a single thread would take
    let alone = StripLayout(
      program, threads: 1, elementSize: elementSize, budget: max(budget, program.weightBytes))
    var stages = program.stages
    stages[stages.count - 1].destination?.keptRows = keptRows
    bands = BandProgram(
      StripProgram(stages: stages, images: 1), parts: max(threads, alone.tiles[0].count), threads: threads,
      elementSize: elementSize)
  }
}

/// The rows of a map that is not kept, while it is read: from top to bottom each is computed once.
final class DepartingRows {
  private let program: DepartingRowsProgram
  private let execution: Execution
  private let cursors: BandCursors
  /// The rows in the ring.
  private var kept = 0..<0

  init(_ program: DepartingRowsProgram, _ execution: Execution) {
    self.program = program
    self.execution = execution
    cursors = program.bands.cursors()
  }

  /// Computes rows, at most a band's number of them, where they are not in the ring.
  func compute(_ rows: Range<Int>) {
    let bandRows = DepartingRowsProgram.bandRows
    precondition(rows.count <= bandRows, "\(rows.count) rows at a time, of at most \(bandRows)")
    if rows.lowerBound < kept.lowerBound {
      // from the top: rings are as large as that start needs, and one further down may need more
      kept = 0..<0
      cursors.begin()
    }
    while kept.upperBound < rows.upperBound {
      let end = min(kept.upperBound + bandRows, program.bands.program.last.shape.height)
      program.bands.run(
        kept.upperBound..<end, cursors, execution, rings: execution.pointer(program.region))
      kept = max(kept.lowerBound, end - 2 * bandRows)..<end
    }
  }
}
