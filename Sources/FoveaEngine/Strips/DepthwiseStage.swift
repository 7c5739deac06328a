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

  var isPointwise: Bool { kernel == 1 && stride == 1 && padding == 0 }

  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { inputRange(for: rows, extent: height) }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> {
    inputRange(for: columns, extent: width)
  }

  private func inputRange(for range: Range<Int>, extent: Int) -> Range<Int> {
    let lower = min(extent, max(0, range.lowerBound * stride - padding))
    let upper = min(extent, (range.upperBound - 1) * stride - padding + kernel)
    return lower..<max(lower, upper)
  }

  func run(_ area: Area, _ maps: StageMaps) {
    if isPointwise { runPixels(area, maps) } else { runRows(area, maps) }
  }

  /// A factor and a summand for each channel: pixels in runs as long as they stand together.
  private func runPixels(_ area: Area, _ maps: StageMaps) {
    maps.forEachRun(area) { row, column, pixels in
      withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: 1) { rows in
        rows[0] = UnsafeRawPointer(maps.input.pixel(row, column))
        call(rows, inputWidth: pixels, overhang: 0, row, column..<column + pixels, maps)
      }
    }
  }

  private func runRows(_ area: Area, _ maps: StageMaps) {
    let available = inputColumns(for: area.columns, width: maps.input.width)
    let overhang = max(0, padding - area.columns.lowerBound * stride)
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: kernel) { rows in
      for row in area.rows {
        for ky in 0..<kernel {
          let y = row * stride - padding + ky
          let isInside = y >= 0 && y < maps.input.height
          rows[ky] = isInside ? UnsafeRawPointer(maps.input.pixel(y, available.lowerBound)) : nil
        }
        call(rows, inputWidth: available.count, overhang: overhang, row, area.columns, maps)
      }
    }
  }

  private func call(
    _ rows: UnsafeMutableBufferPointer<UnsafeRawPointer?>, inputWidth: Int, overhang: Int, _ row: Int,
    _ columns: Range<Int>, _ maps: StageMaps
  ) {
    let column = columns.lowerBound
    var request = fovea_depthwise(
      output_width: columns.count, channels: channels, input_width: inputWidth, kernel_height: kernel,
      kernel_width: kernel, stride: stride, padding: overhang, rows: rows.baseAddress,
      input_stride: maps.input.pixelStride, weights: packed.weights.floats,
      bias: packed.bias.map { UnsafePointer($0.floats) }, activation: activation,
      residual: maps.residual.map { UnsafeRawPointer($0.pixel(row, column)) },
      residual_stride: maps.residual?.pixelStride ?? 0, output: maps.output.pixel(row, column),
      output_stride: maps.output.pixelStride)
    maps.kernels.pointee.depthwise(&request)
  }
}
