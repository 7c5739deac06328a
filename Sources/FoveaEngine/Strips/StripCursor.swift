/// Which rows every stage computes next, and from which row on its output is still read.
///
/// The planner moves one over a map to size the rings; a thread moves one to run. One place past the stages'
/// stands for the image's arriving rows.
struct StripCursor {
  /// For each stage, the rows to compute in the current block.
  let rows: UnsafeMutableBufferPointer<Range<Int>>
  /// For each stage, the first of its rows that the current block reads.
  let firstUse: UnsafeMutableBufferPointer<Int>
  let program: StripProgram

  /// Places that a cursor of a program needs.
  static func capacity(_ program: StripProgram) -> Int { program.stages.count + 1 }

  /// The arriving rows that have been asked for.
  var arrivals: Range<Int> { rows[program.stages.count] }

  /// Prepares for the last stages' rows from `row` on: nothing is computed yet.
  func begin(at row: Int) {
    let count = program.stages.count
    for index in 0...count { firstUse[index] = Int.max }
    for end in program.ends { firstUse[end.index] = row }
    for index in (0..<count).reversed() {
      let first = firstUse[index]
      rows[index] = first..<first
      visitSources(of: index, for: first..<first + 1) { source, needed in
        firstUse[source] = min(firstUse[source], needed.lowerBound)
      }
    }
    rows[count] = firstUse[count]..<firstUse[count]
  }

  /// Moves on so that the last stages reach `end`.
  func advance(to end: Int) {
    let count = program.stages.count
    for index in 0...count {
      rows[index] = rows[index].upperBound..<rows[index].upperBound
      firstUse[index] = Int.max
    }
    for last in program.ends { rows[last.index] = rows[last.index].lowerBound..<end }
    for index in (0..<count).reversed() where !rows[index].isEmpty {
      visitSources(of: index, for: rows[index]) { source, needed in
        firstUse[source] = min(firstUse[source], needed.lowerBound)
        let start = rows[source].lowerBound
        rows[source] = start..<max(rows[source].upperBound, needed.upperBound)
      }
    }
  }

  private func visitSources(of index: Int, for rows: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
    let stage = program.stages[index]
    func visit(_ source: StageSource?, _ rows: Range<Int>) {
      switch source {
      case .stage(let source, _)?: body(source.index, rows)
      case .arrivingRows?: body(program.stages.count, rows)
      case .map?, nil: break
      }
    }
    visit(stage.input, stage.stage.inputRows(for: rows, height: stage.inputHeight))
    visit(stage.second, rows)
    visit(stage.residual, rows)
    for companion in stage.companions { body(companion.index, rows) }
  }
}

extension StripProgram {
  /// Calls `body` with a cursor over memory of its own.
  func withCursor<Result>(_ body: (StripCursor) -> Result) -> Result {
    let capacity = StripCursor.capacity(self)
    return withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: capacity) { rows in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: capacity) { firstUse in
        rows.initialize(repeating: 0..<0)
        firstUse.initialize(repeating: 0)
        return body(StripCursor(rows: rows, firstUse: firstUse, program: self))
      }
    }
  }
}
