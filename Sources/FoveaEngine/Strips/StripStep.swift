import CFoveaKernels
import FoveaGraph

/// Runs a program over all images, every thread on its own tiles.
struct StripStep: Step {
  let program: StripProgram
  let layout: StripLayout
  let multiplyAdds: Int
  /// True where each thread computes all pixels of some output channels, since pixels are few.
  let splitsPanels: Bool

  var paths: [String] { program.stages.map(\.path) }
  var kind: String { "strip" }
  var reads: [RegionID] { program.reads }
  var writes: [RegionID] { program.writes }
  var detail: String {
    let (shape, tiles) = (program.last.shape, layout.tiles[0].count)
    let cut = splitsPanels ? "by output channels" : "\(layout.blockRows) rows at a time"
    let grid = "\(program.images)×\(shape.height)×\(shape.width)×\(shape.channels)"
    return "\(grid), \(cut), \(tiles) tiles a thread"
  }
  var scratchBytes: Int { layout.scratchBytes }
  var weightBytes: Int { program.weightBytes }

  func run(_ execution: Execution) {
    execution.pool.run { thread in
      for tile in layout.tiles[splitsPanels ? 0 : thread] {
        let panels: Range<Int>? = splitsPanels ? panels(thread: thread, execution) : nil
        let run = TileRun(
          program: program, layout: layout, tile: tile, execution: execution,
          rings: execution.scratch(of: thread),
          stageScratch: execution.scratch(of: thread) + layout.ringBytes, panels: panels)
        program.withCursor { cursor in
          cursor.begin(at: tile.rows.lowerBound)
          run.advance(cursor, from: tile.rows.lowerBound, to: tile.rows.upperBound)
        }
      }
    }
  }

  private func panels(thread: Int, _ execution: Execution) -> Range<Int> {
    ThreadPool.share(
      of: (program.last.shape.channels + 15) / 16, thread: thread, threads: execution.pool.count)
  }
}

/// A tile at work: its stages' maps in the arena and in rings.
struct TileRun {
  let program: StripProgram
  let layout: StripLayout
  let tile: StripTile
  let execution: Execution
  let rings: UnsafeMutableRawPointer
  let stageScratch: UnsafeMutableRawPointer
  var panels: Range<Int>?
  /// The image's rows as they arrive, where the program reads them.
  var arrivingRows: MapView?

  /// Computes the last stages' rows from where the cursor stands, block by block.
  func advance(_ cursor: StripCursor, from start: Int, to end: Int) {
    let count = program.stages.count
    withUnsafeTemporaryAllocation(of: StageMaps.self, capacity: count) { maps in
      for id in program.stages.ids { maps.initializeElement(at: id.index, to: stageMaps(id)) }
      var row = start
      while row < end {
        row = min(row + layout.blockRows, end)
        cursor.advance(to: row)
        for index in 0..<count where !cursor.rows[index].isEmpty {
          let columns = tile.columns[index]
          program.stages[index].stage.run(Area(rows: cursor.rows[index], columns: columns), maps[index])
        }
      }
    }
  }

  private func stageMaps(_ id: StageID) -> StageMaps {
    let stage = program.stages[id]
    return StageMaps(
      kernels: execution.kernels, input: view(stage.input), second: stage.second.map(view),
      residual: stage.residual.map(view), output: output(of: id), scratch: stageScratch,
      sums: stage.sums.map { sums in
        execution.pointer(sums.region).assumingMemoryBound(to: Float.self) + tile.image * sums.imageFloats
      },
      panels: panels)
  }

  private func view(_ source: StageSource) -> MapView {
    switch source {
    case .map(let placement): return execution.view(placement, image: tile.image)
    case .stage(let id, let channelOffset): return output(of: id).skipping(channelOffset)
    case .arrivingRows:
      guard let arrivingRows else { preconditionFailure("a program of arriving rows was given none") }
      return arrivingRows
    }
  }

  private func output(of id: StageID) -> MapView {
    let stage = program.stages[id]
    if let destination = stage.destination { return execution.view(destination, image: tile.image) }
    if let ring = stage.sharedRing { return output(of: ring.with).skipping(ring.channelOffset) }
    let columns = tile.columns[id.index]
    let stride = stage.ringStride(elementSize: execution.elementSize)
    return MapView(
      base: rings + layout.ringOffsets[id.index], pixelStride: stride,
      rowStride: columns.count * stride, capacity: layout.ringRows[id.index],
      firstColumn: columns.lowerBound, height: stage.shape.height, width: stage.shape.width,
      keptColumns: columns.count, elementSize: execution.elementSize)
  }
}
