import CFoveaKernels
import FoveaGraph

/// The second pass of linear attention, pixel by pixel: φ(q) Σφ(k)ᵀv / (φ(q)·Σφ(k) + ε) in each head.
///
/// Input: queries; `second`: queries of the normaliser where they differ; residual: the depthwise term.
struct AttentionApplyStage: RowStage {
  let shape: AttentionShape
  let elementSize: Int

  func scratchBytes(columns: Int) -> Int {
    shape.isFocused ? AttentionChunks.run * shape.heads * shape.keyWidth * elementSize : 0
  }

  func run(_ area: Area, _ maps: StageMaps) {
    maps.forEachRun(area) { row, column, pixels in
      var done = 0
      while done < pixels {
        let count = min(AttentionChunks.run, pixels - done)
        apply(row, column, skipping: done, count, maps)
        done += count
      }
    }
  }

  private func apply(_ row: Int, _ column: Int, skipping: Int, _ count: Int, _ maps: StageMaps) {
    guard let sums = maps.sums else { preconditionFailure("an attention runs before its sums are there") }
    func pixels(_ view: MapView) -> UnsafeMutableRawPointer {
      view.pixel(row, column) + skipping * view.pixelStride * elementSize
    }
    var (query, queryStride, headStride) = (pixels(maps.input), maps.input.pixelStride, shape.headStride)
    if shape.isFocused {
      shape.focus(query, stride: queryStride, tokens: count, into: maps.scratch, maps.kernels)
      (query, queryStride, headStride) = (maps.scratch, shape.heads * shape.keyWidth, shape.keyWidth)
    }
    for head in 0..<shape.heads {
      let valueOffset = head * shape.valueWidth * elementSize
      var request = fovea_attention_apply(
        rows: count, key_width: shape.keyWidth, value_width: shape.valueWidth, map: shape.headMap,
        queries: query + head * headStride * elementSize, queries_stride: queryStride,
        normaliser_queries: maps.second.map {
          UnsafeRawPointer(pixels($0) + head * shape.headStride * elementSize)
        },
        normaliser_queries_stride: maps.second?.pixelStride ?? 0,
        products: shape.products(head, in: sums), totals: shape.totals(head, in: sums),
        epsilon: shape.epsilon, residual: maps.residual.map { UnsafeRawPointer(pixels($0) + valueOffset) },
        residual_stride: maps.residual?.pixelStride ?? 0, output: pixels(maps.output) + valueOffset,
        output_stride: maps.output.pixelStride)
      maps.kernels.pointee.attention_apply(&request)
    }
  }
}
