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
  var detail: String {
    let (shape, tiles) = (program.last.shape, layout.tiles[0].count)
    let cut = splitsPanels ? "by output channels" : "\(layout.blockRows) rows at a time"
    return "\(program.images)×\(shape.height)×\(shape.width)×\(shape.channels), \(cut), \(tiles) tiles a thread"
  }
  var scratchBytes: Int { layout.scratchBytes }

  func run(_ execution: Execution) {
    execution.pool.run { thread in
      for tile in layout.tiles[splitsPanels ? 0 : thread] { run(tile, execution, thread: thread) }
    }
  }

  private func run(_ tile: StripTile, _ execution: Execution, thread: Int) {
    let count = program.stages.count
    withUnsafeTemporaryAllocation(of: StageMaps.self, capacity: count) { maps in
      for index in 0..<count {
        maps.initializeElement(at: index, to: stageMaps(index, tile, execution, thread: thread))
      }
      withUnsafeTemporaryAllocation(of: Range<Int>.self, capacity: count) { rows in
        withUnsafeTemporaryAllocation(of: Int.self, capacity: count) { firstUse in
          let cursor = StripCursor(rows: rows, firstUse: firstUse, program: program)
          cursor.begin(at: tile.rows.lowerBound)
          var row = tile.rows.lowerBound
          while row < tile.rows.upperBound {
            row = min(row + layout.blockRows, tile.rows.upperBound)
            cursor.advance(to: row)
            for index in 0..<count where !rows[index].isEmpty {
              let area = Area(rows: rows[index], columns: tile.columns[index])
              program.stages[index].stage.run(area, maps[index])
            }
          }
        }
      }
    }
  }

  private func stageMaps(
    _ index: Int, _ tile: StripTile, _ execution: Execution, thread: Int
  ) -> StageMaps {
    let stage = program.stages[index]
    let scratch = execution.scratch(of: thread)
    func view(_ source: StageSource) -> MapView {
      switch source {
      case .map(let placement): execution.view(placement, image: tile.image)
      case .stage(let source, let channelOffset):
        self.view(of: source, tile, execution, scratch).skipping(channelOffset)
      }
    }
    return StageMaps(
      kernels: execution.kernels, input: view(stage.input), second: stage.second.map(view),
      residual: stage.residual.map(view), output: self.view(of: index, tile, execution, scratch),
      scratch: scratch + layout.stageScratchOffset,
      sums: stage.sums.map { sums in
        execution.pointer(sums.region).assumingMemoryBound(to: Float.self) + tile.image * sums.imageFloats
      },
      panels: splitsPanels ? panels(of: stage, thread: thread, execution) : nil)
  }

  private func view(
    of index: Int, _ tile: StripTile, _ execution: Execution, _ scratch: UnsafeMutableRawPointer
  ) -> MapView {
    let stage = program.stages[index]
    if let destination = stage.destination { return execution.view(destination, image: tile.image) }
    let columns = tile.columns[index]
    return MapView(
      base: scratch + layout.ringOffsets[index], pixelStride: stage.shape.channels,
      rowStride: columns.count * stage.shape.channels, capacity: layout.ringRows[index],
      firstColumn: columns.lowerBound, height: stage.shape.height, width: stage.shape.width,
      keptColumns: columns.count, elementSize: execution.elementSize)
  }

  private func panels(of stage: StripStage, thread: Int, _ execution: Execution) -> Range<Int> {
    ThreadPool.share(of: (stage.shape.channels + 15) / 16, thread: thread, threads: execution.pool.count)
  }
}
