import CFoveaKernels
import FoveaGraph

/// The first pass of linear attention over keys and values that lie in the arena: each block's sums.
struct AttentionSumsStep: Step {
  let accumulator: AttentionAccumulator
  let chunks: AttentionChunks
  let keys: Placement
  let values: Placement
  let normaliserKeys: Placement?
  /// (images, blocks, sumsFloats) float32.
  let partials: RegionID
  let multiplyAdds: Int
  let paths: [String]

  var kind: String { "attention sums" }
  var reads: [RegionID] {
    [keys.region, values.region] + (normaliserKeys.map { [$0.region] } ?? [])
  }
  var writes: [RegionID] { [partials] }
  var scratchBytes: Int { accumulator.scratchBytes }

  func run(_ execution: Execution) {
    let floats = accumulator.shape.sumsFloats
    let partials = execution.pointer(partials).assumingMemoryBound(to: Float.self)
    execution.forEach(keys.shape.batch * chunks.count) { item, thread in
      let (image, block) = (item / chunks.count, item % chunks.count)
      let (keys, values) = (execution.view(keys, image: image), execution.view(values, image: image))
      let normaliser = normaliserKeys.map { execution.view($0, image: image) }
      let sums = partials + item * floats
      sums.update(repeating: 0, count: floats)
      for row in chunks.rows(of: block) {
        chunks.forEachRun(chunks.columns(of: block)) { column, count in
          accumulator.add(
            row, column, count: count, keys: keys, values: values, normaliser: normaliser, to: sums,
            scratch: execution.scratch(of: thread), execution.kernels)
        }
      }
    }
  }
}

/// The blocks' sums added in order, as means over the tokens where the attention says so.
struct AttentionTotalStep: Step {
  let shape: AttentionShape
  let images: Int
  let blocks: Int
  /// What every sum is multiplied by, 1 or 1 / N.
  let factor: Float
  /// (images, blocks, sumsFloats) float32.
  let partials: RegionID
  /// (images, sumsFloats) float32.
  let sums: RegionID
  let paths: [String]

  var kind: String { "attention total" }
  var reads: [RegionID] { [partials] }
  var writes: [RegionID] { [sums] }
  var multiplyAdds: Int { 0 }
  var scratchBytes: Int { 0 }

  func run(_ execution: Execution) {
    let floats = shape.sumsFloats
    let partials = execution.pointer(partials).assumingMemoryBound(to: Float.self)
    let sums = execution.pointer(sums).assumingMemoryBound(to: Float.self)
    execution.forEach(images) { image, _ in
      let (source, target) = (partials + image * blocks * floats, sums + image * floats)
      for index in 0..<floats {
        var total = source[index]
        for block in 1..<max(blocks, 1) { total += source[block * floats + index] }
        target[index] = total * factor
      }
    }
  }
}

/// The first pass as the last stage of a strip: keys and values go into their block's sums and are forgotten.
///
/// Input: keys; `second`: values; `residual`: the denominator's keys where they differ. It writes no map.
struct AttentionSumsStage: RowStage {
  let accumulator: AttentionAccumulator
  let chunks: AttentionChunks

  /// Rows and columns have their place in the blocks.
  var isPointwise: Bool { false }
  var readsNeighbours: Bool { false }
  func scratchBytes(columns: Int) -> Int { accumulator.scratchBytes }

  func run(_ area: Area, _ maps: StageMaps) {
    guard let values = maps.second, let partials = maps.sums else { return }
    let floats = accumulator.shape.sumsFloats
    for row in area.rows {
      var column = area.columns.lowerBound
      while column < area.columns.upperBound {
        let block = chunks.block(row: row, column: column)
        let columns = chunks.columns(of: block)
        let sums = partials + block * floats
        if row == chunks.rows(of: block).lowerBound { sums.update(repeating: 0, count: floats) }
        chunks.forEachRun(columns) { column, count in
          accumulator.add(
            row, column, count: count, keys: maps.input, values: values, normaliser: maps.residual,
            to: sums, scratch: maps.scratch, maps.kernels)
        }
        column = columns.upperBound
      }
    }
  }
}
