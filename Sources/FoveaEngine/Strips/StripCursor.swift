/// Which rows every stage computes next, and from which row on its output is still read.
///
/// The planner moves one over a map to size the rings; a thread moves one to run.
struct StripCursor {
  /// For each stage, the rows to compute in the current block.
  var rows: UnsafeMutableBufferPointer<Range<Int>>
  /// For each stage, the first of its rows that the current block reads.
  var firstUse: UnsafeMutableBufferPointer<Int>
  let program: StripProgram

  /// Prepares for the last stage's rows from `row` on: nothing is computed yet.
  func begin(at row: Int) {
    let count = program.stages.count
    for index in 0..<count { firstUse[index] = Int.max }
    firstUse[count - 1] = row
    for index in (0..<count).reversed() {
      let first = firstUse[index]
      rows[index] = first..<first
      visitSources(of: index, for: first..<first + 1) { source, needed in
        firstUse[source] = min(firstUse[source], needed.lowerBound)
      }
    }
  }

  /// Moves on so that the last stage reaches `end`.
  func advance(to end: Int) {
    let count = program.stages.count
    for index in 0..<count {
      rows[index] = rows[index].upperBound..<rows[index].upperBound
      firstUse[index] = Int.max
    }
    rows[count - 1] = rows[count - 1].lowerBound..<end
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
    if case .stage(let source, _) = stage.input {
      body(source, stage.stage.inputRows(for: rows, height: stage.inputHeight))
    }
    if case .stage(let source, _)? = stage.second { body(source, rows) }
    if case .stage(let source, _)? = stage.residual { body(source, rows) }
  }
}
