import CFoveaKernels
import FoveaGraph

/// A linear layer over pixels, in one group or several: [pixels, I] → [pixels, O].
struct ProductStage: RowStage {
  let product: PackedProduct
  let groups: Int
  let activation: fovea_activation

  var weightBytes: Int { product.byteCount }
  var canSplitPanels: Bool { groups == 1 }

  func run(_ area: Area, _ maps: StageMaps) {
    product.forEachPanels(maps.panels ?? 0..<(product.columns + 15) / 16) { run(area, maps, panels: $0) }
  }

  private func run(_ area: Area, _ maps: StageMaps, panels: Range<Int>) {
    let columns = product.columns
    let firstColumn = panels.lowerBound * 16
    let columnCount = min(columns, panels.upperBound * 16) - firstColumn
    let (input, output, size) = (maps.input, maps.output, maps.output.elementSize)
    maps.forEachRun(area) { row, column, pixels in
      for group in 0..<groups {
        let outputOffset = (group * columns + firstColumn) * size
        var tap = fovea_tap(
          input: input.pixel(row, column) + group * product.depth * size, first: 0, depth: product.depth)
        withUnsafePointer(to: &tap) { tap in
          var request = fovea_product(
            rows: pixels, columns: columnCount, input_stride: input.pixelStride, taps: tap, tap_count: 1,
            weights: product.weights.base + group * product.groupBytes
              + panels.lowerBound * product.panelBytes,
            weights_depth: product.depth,
            bias: product.bias.map { UnsafePointer($0.floats + group * columns + firstColumn) },
            activation: activation,
            residual: maps.residual.map { UnsafeRawPointer($0.pixel(row, column) + outputOffset) },
            residual_stride: maps.residual?.pixelStride ?? 0,
            output: output.pixel(row, column) + outputOffset, output_stride: output.pixelStride)
          maps.kernels.pointee.product(&request)
        }
      }
    }
  }
}
