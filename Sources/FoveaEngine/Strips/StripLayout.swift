import FoveaGraph

/// A part of the last stage's output, computed by one thread from top to bottom.
struct StripTile: Sendable {
  var image: Int
  var rows: Range<Int>
  /// For each stage, the columns of its output.
  var columns: [Range<Int>]
}

/// How a program is cut: rows at a time, columns at a time, and the rings between its stages.
struct StripLayout: Sendable {
  /// Rows of the last stage's output at a time.
  var blockRows: Int
  /// The tiles of each thread.
  var tiles: [[StripTile]]
  /// For each stage, rows kept in its ring; 0 where it writes to the arena.
  var ringRows: [Int]
  /// For each stage, elements of a ring's row.
  var ringRowElements: [Int]
  /// For each stage, bytes from the start of a thread's scratch to its ring.
  var ringOffsets: [Int]
  /// Bytes from the start of a thread's scratch to what stages want beside their maps.
  var stageScratchOffset: Int
  /// Bytes of a thread's scratch.
  var scratchBytes: Int

  /// Chooses the largest blocks whose rings fit the budget; the columns are cut where single rows do not.
  init(_ program: StripProgram, threads: Int, elementSize: Int, budget: Int) {
    let shape = program.last.shape
    let rowsPerThread = max(1, (shape.height * program.images + threads - 1) / threads)
    var columnTiles = 1
    while true {
      var blockRows = Self.firstBlockRows(shape, rowsPerThread: rowsPerThread)
      while true {
        let layout = StripLayout(
          program, threads: threads, elementSize: elementSize, blockRows: blockRows, columnTiles: columnTiles)
        let isNarrow = shape.width / (columnTiles + 1) < 32
        if layout.scratchBytes <= budget || (blockRows == 1 && isNarrow) {
          self = layout
          return
        }
        if blockRows == 1 { break }
        blockRows = (blockRows + 1) / 2
      }
      columnTiles += 1
    }
  }

  /// Enough rows for the matrix kernels to have some hundreds of pixels at a time.
  private static func firstBlockRows(_ shape: Shape, rowsPerThread: Int) -> Int {
    min(rowsPerThread, max(1, 768 / shape.width))
  }

  private init(
    _ program: StripProgram, threads: Int, elementSize: Int, blockRows: Int, columnTiles: Int
  ) {
    self.blockRows = blockRows
    tiles = Self.tiles(program, threads: threads, columnTiles: columnTiles)
    ringRows = [Int](repeating: 0, count: program.stages.count)
    ringRowElements = ringRows
    ringOffsets = ringRows
    (stageScratchOffset, scratchBytes) = (0, 0)
    for tile in tiles.joined() { measure(tile, program) }
    var offset = 0
    for index in program.stages.indices {
      ringOffsets[index] = offset
      offset += (ringRows[index] * ringRowElements[index] * elementSize).roundedToCacheLine
    }
    stageScratchOffset = offset
    let widest = program.last.shape.width
    scratchBytes = offset + (program.stages.map { $0.stage.scratchBytes(columns: widest) }.max() ?? 0)
  }

  /// Images and rows are dealt to threads in order, as evenly as they go.
  private static func tiles(_ program: StripProgram, threads: Int, columnTiles: Int) -> [[StripTile]] {
    let shape = program.last.shape
    let columns = (0..<columnTiles).map { part in
      program.columns(for: ThreadPool.share(of: shape.width, thread: part, threads: columnTiles))
    }
    return (0..<threads).map { thread in
      let share = ThreadPool.share(of: program.images * shape.height, thread: thread, threads: threads)
      return (0..<program.images).flatMap { image -> [StripTile] in
        let rows = share.clamped(to: image * shape.height..<(image + 1) * shape.height)
        guard !rows.isEmpty else { return [] }
        let first = image * shape.height
        return columns.map {
          StripTile(image: image, rows: rows.lowerBound - first..<rows.upperBound - first, columns: $0)
        }
      }
    }
  }

  /// Grows the rings to what a tile keeps alive at once.
  private mutating func measure(_ tile: StripTile, _ program: StripProgram) {
    let count = program.stages.count
    withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: count) { rows in
      withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { firstUse in
        let cursor = StripCursor(rows: rows, firstUse: firstUse, program: program)
        cursor.begin(at: tile.rows.lowerBound)
        var row = tile.rows.lowerBound
        while row < tile.rows.upperBound {
          row = min(row + blockRows, tile.rows.upperBound)
          cursor.advance(to: row)
          for index in 0..<count where program.stages[index].destination == nil && firstUse[index] < .max {
            ringRows[index] = max(ringRows[index], rows[index].upperBound - firstUse[index])
            ringRowElements[index] = max(
              ringRowElements[index], tile.columns[index].count * program.stages[index].shape.channels)
          }
        }
      }
    }
  }
}
