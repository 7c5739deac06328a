import FoveaGraph

/// A program whose rows are computed band after band, from top to bottom, by all threads side by side: each
/// has columns of its own, and rings that live from band to band, so that nothing is computed twice where
/// bands meet.
struct BandProgram: Sendable {
  let program: StripProgram
  var multiplyAdds = 0
  /// Bytes of all tiles' rings and their stages' scratch.
  let ringBytes: Int
  /// One list of tiles a thread; each tile spans all rows.
  private let tiles: [[StripTile]]
  /// The layout of each tile, alone.
  private let layouts: [[StripLayout]]
  /// For each thread's tiles, bytes from the start of the rings.
  private let ringOffsets: [[Int]]

  /// For each stage, rows kept in its ring.
  var ringRows: [Int] { layouts.joined().first?.ringRows ?? [] }
  var tileCount: Int { tiles.map(\.count).reduce(0, +) }

  /// Cuts a program's columns into parts, dealt to threads in order.
  init(_ program: StripProgram, parts: Int, threads: Int, elementSize: Int) {
    self.program = program
    let shape = program.last.shape
    let parts = min(parts, max(1, shape.width / program.columnGrain))
    let all = (0..<parts).map { part in
      let columns = ThreadPool.share(of: shape.width, thread: part, threads: parts)
      return StripTile(image: 0, rows: 0..<shape.height, columns: program.columns(for: columns))
    }
    tiles = (0..<threads).map { thread in
      Array(all[ThreadPool.share(of: parts, thread: thread, threads: threads)])
    }
    let liveRows = program.liveRows(of: tiles, blockRows: 1)
    layouts = tiles.map { tiles in
      tiles.map {
        StripLayout(program, elementSize: elementSize, blockRows: 1, tiles: [[$0]], liveRows: liveRows)
      }
    }
    var offset = 0
    ringOffsets = layouts.map { layouts in
      layouts.map { layout in
        defer { offset += layout.scratchBytes.roundedToCacheLine }
        return offset
      }
    }
    ringBytes = offset
  }

  /// A cursor for each tile, which stands above the first row.
  func cursors() -> BandCursors {
    BandCursors(tiles.map { $0.map { _ in StripCursor(allocatedFor: program) } })
  }

  /// Computes the last stages' rows from where the cursors stand.
  func run(
    _ rows: Range<Int>, _ cursors: BandCursors, _ execution: Execution, rings: UnsafeMutableRawPointer,
    arrivingRows: MapView? = nil
  ) {
    execution.pool.run { thread in
      for (index, tile) in tiles[thread].enumerated() {
        let layout = layouts[thread][index]
        let own = rings + ringOffsets[thread][index]
        var run = TileRun(
          program: program, layout: layout, tile: tile, execution: execution, rings: own,
          stageScratch: own + layout.ringBytes)
        run.arrivingRows = arrivingRows
        run.advance(cursors.ofTiles[thread][index], from: rows.lowerBound, to: rows.upperBound)
      }
    }
  }
}

/// The cursors of a program's tiles, by thread.
final class BandCursors: @unchecked Sendable {
  fileprivate let ofTiles: [[StripCursor]]

  fileprivate init(_ cursors: [[StripCursor]]) {
    ofTiles = cursors
    begin()
  }

  /// Nothing is computed yet.
  func begin() { ofTiles.joined().forEach { $0.begin(at: 0) } }

  deinit { ofTiles.joined().forEach { $0.deallocate() } }
}

extension StripCursor {
  /// A cursor over memory that `deallocate` frees.
  fileprivate init(allocatedFor program: StripProgram) {
    let capacity = Self.capacity(program)
    rows = .allocate(capacity: capacity)
    rows.initialize(repeating: 0..<0)
    firstUse = .allocate(capacity: capacity)
    firstUse.initialize(repeating: 0)
    self.program = program
  }

  fileprivate func deallocate() {
    rows.deallocate()
    firstUse.deallocate()
  }
}
