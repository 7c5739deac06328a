import FoveaGraph

/// A part of the last stages' outputs, computed by one thread from top to bottom.
struct StripTile: Sendable {
  var image: Int
  var rows: Range<Int>
  /// For each stage, the columns of its output; those of the arriving rows at the end.
  var columns: [Range<Int>]
}

/// How a program is cut: rows at a time, columns at a time, and the rings between its stages.
struct StripLayout: Sendable {
  /// Rows of the last stages' outputs at a time.
  var blockRows: Int
  /// The tiles of each thread.
  var tiles: [[StripTile]]
  /// For each stage, rows kept in its ring; 0 where it writes to the arena. Arriving rows are the last.
  var ringRows: [Int]
  /// For each stage, elements of a ring's row.
  var ringRowElements: [Int]
  /// For each stage, bytes from the start of the rings to its own.
  var ringOffsets: [Int]
  /// Bytes of all rings, after which comes what stages want beside their maps.
  var ringBytes: Int
  /// Bytes of a thread's scratch.
  var scratchBytes: Int

  /// Chooses the largest blocks whose rings fit the budget; the columns are cut where single rows do not, as
  /// long as the columns that neighbouring tiles both compute are few. Budgets of two and four times the
  /// weights were no faster.
  init(_ program: StripProgram, threads: Int, elementSize: Int, budget: Int) {
    let shape = program.last.shape
    let rowsPerThread = max(1, (shape.height * program.images + threads - 1) / threads)
    let firstBlockRows = Self.firstBlockRows(shape, rowsPerThread: rowsPerThread)
    var liveRows: [Int: [Int]] = [:]
    var columnTiles = 1
    while true {
      let tiles = Self.tiles(program, threads: threads, columnTiles: columnTiles)
      let canCut = Self.overlap(program, columnTiles: columnTiles + 1) <= 1.15
      var blockRows = firstBlockRows
      while true {
        let live = liveRows[blockRows] ?? program.liveRows(of: tiles, blockRows: blockRows)
        liveRows[blockRows] = live
        let layout = StripLayout(
          program, elementSize: elementSize, blockRows: blockRows, tiles: tiles, liveRows: live)
        if layout.scratchBytes <= budget || (blockRows == 1 && !canCut) {
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

  /// Elements that the stages compute when the columns are cut, over those of the whole map.
  private static func overlap(_ program: StripProgram, columnTiles: Int) -> Double {
    guard program.last.shape.width / program.columnGrain >= columnTiles else { return .infinity }
    func elements(_ columns: [Range<Int>]) -> Int {
      zip(program.stages, columns).map { $0.shape.height * $0.shape.channels * $1.count }.reduce(0, +)
    }
    let whole = elements(program.columns(for: 0..<program.last.shape.width))
    let cut = columnParts(program, columnTiles).map { elements(program.columns(for: $0)) }.reduce(0, +)
    return Double(cut) / Double(max(whole, 1))
  }

  private static func columnParts(_ program: StripProgram, _ parts: Int) -> [Range<Int>] {
    (0..<parts).map {
      share(of: program.last.shape.width, grain: program.columnGrain, part: $0, parts: parts)
    }.filter { !$0.isEmpty }
  }

  /// A part of an extent whose borders are multiples of a grain.
  private static func share(of extent: Int, grain: Int, part: Int, parts: Int) -> Range<Int> {
    let grains = ThreadPool.share(of: (extent + grain - 1) / grain, thread: part, threads: parts)
    return min(extent, grains.lowerBound * grain)..<min(extent, grains.upperBound * grain)
  }

  /// The rings for tiles that are already cut, of whose maps some rows live at once.
  init(
    _ program: StripProgram, elementSize: Int, blockRows: Int, tiles: [[StripTile]], liveRows: [Int]
  ) {
    self.blockRows = blockRows
    self.tiles = tiles
    ringRows = [Int](repeating: 0, count: program.stages.count + 1)
    ringRowElements = ringRows
    ringOffsets = ringRows
    (ringBytes, scratchBytes) = (0, 0)
    ringRows[program.stages.count] = liveRows[program.stages.count]
    for (index, stage) in program.stages.enumerated() where stage.destination == nil {
      let holder = stage.sharedRing?.with.index ?? index
      ringRows[holder] = max(ringRows[holder], liveRows[index])
      let stride = program.stages[holder].ringStride(elementSize: elementSize)
      for tile in tiles.joined() {
        ringRowElements[holder] = max(ringRowElements[holder], tile.columns[holder].count * stride)
      }
    }
    for index in program.stages.indices where program.stages[index].sharedRing == nil {
      ringOffsets[index] = ringBytes
      ringBytes += (ringRows[index] * ringRowElements[index] * elementSize).roundedToCacheLine
    }
    let widest = program.last.shape.width
    scratchBytes =
      ringBytes
      + (program.stages.map { $0.stage.scratchBytes(columns: widest) }.max() ?? 0).roundedToCacheLine
  }

  /// Images and rows are dealt to threads in order, as evenly as their grain lets them.
  private static func tiles(_ program: StripProgram, threads: Int, columnTiles: Int) -> [[StripTile]] {
    let shape = program.last.shape
    let columns = columnParts(program, columnTiles).map { program.columns(for: $0) }
    let grains = (shape.height + program.rowGrain - 1) / program.rowGrain
    return (0..<threads).map { thread in
      let share = ThreadPool.share(of: program.images * grains, thread: thread, threads: threads)
      return (0..<program.images).flatMap { image -> [StripTile] in
        let own = share.clamped(to: image * grains..<(image + 1) * grains)
        guard !own.isEmpty else { return [] }
        let first = (own.lowerBound - image * grains) * program.rowGrain
        let past = min(shape.height, (own.upperBound - image * grains) * program.rowGrain)
        return columns.map { StripTile(image: image, rows: first..<past, columns: $0) }
      }
    }
  }
}

extension StripProgram {
  /// Rows of every stage's output, and of the arriving rows at the end, that live at once while tiles are
  /// computed some rows at a time; their columns do not matter. O(rows · stages) for tiles of different rows.
  func liveRows(of tiles: [[StripTile]], blockRows: Int) -> [Int] {
    var live = [Int](repeating: 0, count: stages.count + 1)
    withCursor { cursor in
      for rows in Set(tiles.joined().map(\.rows)) {
        cursor.begin(at: rows.lowerBound)
        var row = rows.lowerBound
        while row < rows.upperBound {
          row = min(row + blockRows, rows.upperBound)
          cursor.advance(to: row)
          for index in 0...stages.count where cursor.firstUse[index] < .max {
            live[index] = max(live[index], cursor.rows[index].upperBound - cursor.firstUse[index])
          }
        }
      }
    }
    return live
  }
}
