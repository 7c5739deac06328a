import CFoveaKernels
import FoveaGraph

/// A depthwise convolution, row by row: [H, W, C] → [H', W', C].
struct DepthwiseStage: RowStage {
  let packed: PackedDepthwise
  let kernel: Int
  let stride: Int
  let padding: Int
  let channels: Int
  let activation: fovea_activation

  var isPointwise: Bool { kernel == 1 && stride == 1 }

  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { inputRange(for: rows, extent: height) }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> {
    inputRange(for: columns, extent: width)
  }

  private func inputRange(for range: Range<Int>, extent: Int) -> Range<Int> {
    let lower = max(0, range.lowerBound * stride - padding)
    let upper = min(extent, (range.upperBound - 1) * stride - padding + kernel)
    return lower..<max(lower, upper)
  }

  func run(_ area: Area, _ maps: StageMaps) {
    let available = inputColumns(for: area.columns, width: maps.input.width)
    let overhang = max(0, padding - area.columns.lowerBound * stride)
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: kernel) { rows in
      for row in area.rows {
        for ky in 0..<kernel {
          let y = row * stride - padding + ky
          let isInside = y >= 0 && y < maps.input.height
          rows[ky] = isInside ? UnsafeRawPointer(maps.input.pixel(y, available.lowerBound)) : nil
        }
        let column = area.columns.lowerBound
        var request = fovea_depthwise(
          output_width: area.columns.count, channels: channels, input_width: available.count,
          kernel_height: kernel, kernel_width: kernel, stride: stride, padding: overhang,
          rows: rows.baseAddress, input_stride: maps.input.pixelStride, weights: packed.weights.floats,
          bias: packed.bias.map { UnsafePointer($0.floats) }, activation: activation,
          residual: maps.residual.map { UnsafeRawPointer($0.pixel(row, column)) },
          residual_stride: maps.residual?.pixelStride ?? 0,
          output: maps.output.pixel(row, column), output_stride: maps.output.pixelStride)
        maps.kernels.pointee.depthwise(&request)
      }
    }
  }
}
