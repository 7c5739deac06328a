import FoveaGraph

/// The program that reads an image's rows as they arrive: bands of rows, each computed by all threads side by
/// side, with rings that live from band to band.
struct ArrivingRowsProgram: Sendable {
  let program: StripProgram
  /// One list of tiles a thread; each tile spans all rows.
  let tiles: [[StripTile]]
  /// The layout of each tile, alone.
  let layouts: [[StripLayout]]
  /// For each thread's tiles, bytes from the start of the rings.
  let ringOffsets: [[Int]]
  /// Bytes of all tiles' rings and their stages' scratch.
  let ringBytes: Int
  /// The shape of the image, (1, H, W, C).
  let image: Shape
  /// Bands: the rows that have arrived at the end of each, and the leaves' rows that they suffice for.
  let bands: [(arrived: Int, leaves: Int)]
  /// The region of the rows and rings.
  var region = 0
  /// Rows that are kept: a band's, and those before that are still read.
  let keptRows: Int

  /// Cuts a program's columns so that each tile's rings are small; bands of at least `bandRows` rows.
  init(_ program: StripProgram, image: Shape, threads: Int, elementSize: Int, bandRows: Int) {
    self.program = program
    self.image = image
    let shape = program.last.shape
    let parts = min(max(threads, image.width / 2048), max(1, shape.width / program.columnGrain))
    let all = (0..<parts).map { part in
      let columns = ThreadPool.share(of: shape.width, thread: part, threads: parts)
      return StripTile(image: 0, rows: 0..<shape.height, columns: program.columns(for: columns))
    }
    tiles = (0..<threads).map { thread in
      Array(all[ThreadPool.share(of: parts, thread: thread, threads: threads)])
    }
    layouts = tiles.map { tiles in
      tiles.map { StripLayout(program, elementSize: elementSize, blockRows: 1, tiles: [[$0]]) }
    }
    var offset = 0
    ringOffsets = layouts.map { layouts in
      layouts.map { layout in
        defer { offset += layout.scratchBytes.roundedToCacheLine }
        return offset
      }
    }
    ringBytes = offset
    (bands, keptRows) = Self.schedule(program, image: image, bandRows: bandRows)
  }

  /// Moves a cursor over the map: how far each band's rows reach, and how many rows must be kept.
  private static func schedule(
    _ program: StripProgram, image: Shape, bandRows: Int
  ) -> (bands: [(arrived: Int, leaves: Int)], keptRows: Int) {
    let height = program.last.shape.height
    return program.withCursor { cursor in
      var bands: [(arrived: Int, leaves: Int)] = []
      var kept = 0
      cursor.begin(at: 0)
      var (needed, arrived, firstUse) = (cursor.arrivals.upperBound, 0, Int.max)
      for row in 1...height {
        cursor.advance(to: row)
        needed = row == height ? image.height : min(image.height, max(needed, cursor.arrivals.upperBound))
        firstUse = min(firstUse, cursor.firstUse[program.stages.count])
        guard needed - arrived >= bandRows || row == height else { continue }
        kept = max(kept, needed - min(firstUse, arrived))
        bands.append((needed, row))
        (arrived, firstUse) = (needed, Int.max)
      }
      return (bands, min(kept, image.height))
    }
  }
}

/// Fills a row of an image, (W, C) normalised float32, C fastest; rows are asked for in order, once each.
public typealias RowSource = (_ row: Int, _ target: UnsafeMutableBufferPointer<Float>) throws -> Void

extension ArrivingRowsProgram {
  /// Bytes for the arriving rows, one of them in float32, and all rings.
  func byteCount(elementSize: Int) -> Int {
    (rowBytes(elementSize) * keptRows).roundedToCacheLine + floatRowBytes + ringBytes
  }

  private func rowBytes(_ elementSize: Int) -> Int { image.width * image.channels * elementSize }
  private var floatRowBytes: Int { (image.width * image.channels * 4).roundedToCacheLine }

  /// Takes the rows from their source and computes band after band.
  func run(_ execution: Execution, rows: RowSource) throws {
    let memory = execution.pointer(region)
    let elements = image.width * image.channels
    let rowBytes = rowBytes(execution.elementSize)
    let floatRow = UnsafeMutableBufferPointer(
      start: memory.assumingMemoryBound(to: Float.self), count: elements)
    let ring = memory + floatRowBytes
    let rings = ring + (rowBytes * keptRows).roundedToCacheLine
    let arriving = MapView(
      base: ring, pixelStride: image.channels, rowStride: elements, capacity: keptRows, firstColumn: 0,
      height: image.height, width: image.width, keptColumns: image.width,
      elementSize: execution.elementSize)
    let cursors = tiles.map { $0.map { _ in StripCursor(allocatedFor: program) } }
    defer { cursors.joined().forEach { $0.deallocate() } }
    for cursor in cursors.joined() { cursor.begin(at: 0) }
    var (arrived, done) = (0, 0)
    for band in bands {
      while arrived < band.arrived {
        try rows(arrived, floatRow)
        let slot = arriving.pixel(arrived, 0)
        if let source = floatRow.baseAddress {
          execution.kernels.pointee.convert_from_float(source, slot, elements)
        }
        arrived += 1
      }
      execution.pool.run { thread in
        for (index, tile) in tiles[thread].enumerated() {
          let layout = layouts[thread][index]
          let own = rings + ringOffsets[thread][index]
          var run = TileRun(
            program: program, layout: layout, tile: tile, execution: execution, rings: own,
            stageScratch: own + layout.ringBytes)
          run.arrivingRows = arriving
          run.advance(cursors[thread][index], from: done, to: band.leaves)
        }
      }
      done = band.leaves
    }
  }
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
