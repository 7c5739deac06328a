import CFoveaKernels
import FoveaGraph

/// Softmax attention, a head of an image (or window) at a time, some queries at a time: scores q·kᵀ from
/// packed keys, softmax with bias and mask, and their product with packed values.
struct SoftmaxAttentionStep: Step {
  let queries: Placement
  let keys: Placement
  let values: Placement
  let output: Placement
  let heads: Int
  let scale: Float
  /// (heads, N_q, N_k) float32, added to the scaled scores.
  let bias: AlignedBuffer?
  /// Added too; image i is window i mod windows.
  let masks: WindowMasks?
  let paths: [String]
  let multiplyAdds: Int
  let layout: SoftmaxScratch

  var kind: String { "softmax attention" }
  var reads: [RegionID] { [queries.region, keys.region, values.region] }
  var writes: [RegionID] { [output.region] }
  var scratchBytes: Int { layout.byteCount }
  var tableBytes: Int { (masks?.tables.count ?? 0) * MemoryLayout<Float>.size }

  func run(_ execution: Execution) {
    (masks?.tables ?? []).withUnsafeBufferPointer { tables in
      execution.forEach(queries.shape.batch * heads) { item, thread in
        let image = item / heads
        let table = masks.flatMap { $0.tableOfWindow[image % $0.tableOfWindow.count] }
        let mask = table.flatMap { table in
          tables.baseAddress.map { $0 + table * queries.shape.tokens * keys.shape.tokens }
        }
        attend(
          image: image, head: item % heads, mask: mask, execution, execution.scratch(of: thread))
      }
    }
  }

  private func attend(
    image: Int, head: Int, mask: UnsafePointer<Float>?, _ execution: Execution,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let (width, valueWidth) = (queries.shape.channels / heads, values.shape.channels / heads)
    let size = execution.elementSize
    let key = execution.view(keys, image: image)
    let value = execution.view(values, image: image)
    var packKeys = fovea_pack(
      depth: width, columns: keys.shape.tokens, input: key.base + head * width * size, input_is_map: true,
      depth_stride: 1, column_stride: key.pixelStride, output: scratch)
    execution.kernels.pointee.pack(&packKeys)
    var packValues = fovea_pack(
      depth: keys.shape.tokens, columns: valueWidth, input: value.base + head * valueWidth * size,
      input_is_map: true, depth_stride: value.pixelStride, column_stride: 1,
      output: scratch + layout.values)
    execution.kernels.pointee.pack(&packValues)
    let count = queries.shape.tokens
    var start = 0
    while start < count {
      let rows = min(layout.queryRun, count - start)
      attend(start..<start + rows, image: image, head: head, mask: mask, execution, scratch)
      start += rows
    }
  }

  private func attend(
    _ rows: Range<Int>, image: Int, head: Int, mask: UnsafePointer<Float>?, _ execution: Execution,
    _ scratch: UnsafeMutableRawPointer
  ) {
    let (width, valueWidth) = (queries.shape.channels / heads, values.shape.channels / heads)
    let size = execution.elementSize
    let keyCount = keys.shape.tokens
    let query = execution.view(queries, image: image)
    let target = execution.view(output, image: image)
    let scores = scratch + layout.scores
    multiply(
      query.base + (rows.lowerBound * query.pixelStride + head * width) * size, query.pixelStride,
      rows: rows.count, depth: width, weights: scratch, columns: keyCount, into: scores,
      layout.scoreStride, execution)
    let queryCount = queries.shape.tokens
    var request = fovea_softmax(
      rows: rows.count, columns: keyCount, input: scores, input_stride: layout.scoreStride, scale: scale,
      bias: bias.map { UnsafePointer($0.floats + (head * queryCount + rows.lowerBound) * keyCount) },
      bias_stride: keyCount,
      mask: mask.map { $0 + rows.lowerBound * keyCount }, mask_stride: keyCount, output: scores,
      output_stride: layout.scoreStride)
    execution.kernels.pointee.softmax(&request)
    multiply(
      scores, layout.scoreStride, rows: rows.count, depth: keyCount, weights: scratch + layout.values,
      columns: valueWidth,
      into: target.base + (rows.lowerBound * target.pixelStride + head * valueWidth) * size,
      target.pixelStride, execution)
  }

  private func multiply(
    _ input: UnsafeRawPointer, _ inputStride: Int, rows: Int, depth: Int, weights: UnsafeRawPointer,
    columns: Int, into output: UnsafeMutableRawPointer, _ outputStride: Int, _ execution: Execution
  ) {
    var tap = fovea_tap(input: input, first: 0, depth: depth)
    withUnsafePointer(to: &tap) { tap in
      var request = fovea_product(
        rows: rows, columns: columns, input_stride: inputStride, taps: tap, tap_count: 1, weights: weights,
        weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY, residual: nil, residual_stride: 0,
        output: output, output_stride: outputStride)
      execution.kernels.pointee.product(&request)
    }
  }
}

/// Where a thread keeps a head's packed keys and values and some rows of scores.
struct SoftmaxScratch: Sendable {
  let values: Int
  let scores: Int
  let byteCount: Int
  /// Elements from a row of scores to the next.
  let scoreStride: Int
  /// Queries at a time.
  let queryRun: Int

  init(width: Int, valueWidth: Int, keys: Int, queries: Int, elementSize: Int, granularity: Int) {
    let keyBytes =
      keys.rounded(toMultipleOf: 16) * width.rounded(toMultipleOf: granularity) * elementSize
    let valueBytes =
      valueWidth.rounded(toMultipleOf: 16) * keys.rounded(toMultipleOf: granularity) * elementSize
    queryRun = min(queries, 96)
    scoreStride = keys.rounded(toMultipleOf: 32)
    values = keyBytes.roundedToCacheLine
    scores = values + valueBytes.roundedToCacheLine
    byteCount = scores + (queryRun * scoreStride * elementSize).roundedToCacheLine
  }
}
