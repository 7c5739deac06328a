import FoveaGraph

/// The program that reads an image's rows as they arrive.
struct ArrivingRowsProgram: Sendable {
  var bands: BandProgram
  /// The shape of the image, (1, H, W, C).
  let image: Shape
  /// The rows that have arrived at the end of each band, and the last stages' rows that they suffice for.
  let schedule: [(arrived: Int, ends: Int)]
  /// The region of the rows and rings.
  var region = RegionID(0)
  /// The regions that it reads and writes, its own among them.
  var reads: [RegionID] { bands.program.reads }
  var writes: [RegionID] { bands.program.writes + [region] }
  /// Rows that are kept: a band's, and those before that are still read.
  let keptRows: Int

  /// Cuts a program's columns so that each tile's rings are small; bands of at least `bandRows` rows.
  init(_ program: StripProgram, image: Shape, threads: Int, elementSize: Int, bandRows: Int) {
    bands = BandProgram(
      program, parts: max(threads, image.width / 2048), threads: threads, elementSize: elementSize)
    self.image = image
    (schedule, keptRows) = Self.schedule(program, image: image, bandRows: bandRows)
  }

  /// Moves a cursor over the map: how far each band's rows reach, and how many rows must be kept.
  private static func schedule(
    _ program: StripProgram, image: Shape, bandRows: Int
  ) -> (bands: [(arrived: Int, ends: Int)], keptRows: Int) {
    let height = program.last.shape.height
    return program.withCursor { cursor in
      var bands: [(arrived: Int, ends: Int)] = []
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
    (rowBytes(elementSize) * keptRows).roundedToCacheLine + floatRowBytes + bands.ringBytes
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
    let cursors = bands.cursors()
    var (arrived, done) = (0, 0)
    for band in schedule {
      while arrived < band.arrived {
        try rows(arrived, floatRow)
        let slot = arriving.pixel(arrived, 0)
        if let source = floatRow.baseAddress {
          execution.kernels.pointee.convert_from_float(source, slot, elements)
        }
        arrived += 1
      }
      bands.run(done..<band.ends, cursors, execution, rings: rings, arrivingRows: arriving)
      done = band.ends
    }
  }
}
