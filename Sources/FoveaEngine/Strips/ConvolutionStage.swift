import CFoveaKernels
import FoveaGraph

/// A k×k convolution as an implicit matrix product: kernel rows are runs of channels-last input.
///
/// Pixels whose kernel lies inside the map's columns are read where they lie; at the left and right border,
/// and where a group's channels are not contiguous, patches under the kernel are copied beside zeros first,
/// several for one product.
struct ConvolutionStage: RowStage {
  let product: PackedProduct
  let convolution: Convolution
  let rowDepth: Int
  let activation: fovea_activation

  /// Positions of the reduction in one kernel row.
  static func rowDepth(kernel: Int, channels: Int, granularity: Int) -> Int {
    kernel == 1 ? channels : (kernel * channels).rounded(toMultipleOf: granularity)
  }

  var isPointwise: Bool { false }

  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> {
    convolution.inputRange(for: rows, extent: height)
  }

  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> {
    convolution.inputRange(for: columns, extent: width)
  }

  /// Patches of one product.
  static let patchesAtATime = 16

  var patchDepth: Int { rowDepth * convolution.kernel }

  func scratchBytes(columns: Int) -> Int { Self.patchesAtATime * patchDepth * 4 }

  var weightBytes: Int { product.byteCount }

  func run(_ area: Area, _ maps: StageMaps) {
    let (stride, padding, kernel) = (convolution.stride, convolution.padding, convolution.kernel)
    let isDirect = convolution.groups == 1 && maps.input.pixelStride == convolution.inputChannels
    let firstInside = (padding + stride - 1) / stride
    let pastInside = max(firstInside, (maps.input.width + padding - kernel) / stride + 1)
    let inside = isDirect ? area.columns.clamped(to: firstInside..<pastInside) : area.columns.prefix(0)
    guard !inside.isEmpty else {
      for row in area.rows { runPatches(row..<row + 1, area.columns, maps) }
      return
    }
    product.forEachPanels(allPanels) { panels in
      for row in area.rows { runInside(row, inside, panels, maps) }
    }
    for column in area.columns where !inside.contains(column) {
      runPatches(area.rows, column..<column + 1, maps)
    }
  }

  var allPanels: Range<Int> { 0..<(product.columns + 15) / 16 }

  /// Output pixels of a row whose kernel hangs over no side border: a tap for each kernel row inside the map.
  private func runInside(_ row: Int, _ columns: Range<Int>, _ panels: Range<Int>, _ maps: StageMaps) {
    let (stride, padding, kernel) = (convolution.stride, convolution.padding, convolution.kernel)
    let column = columns.lowerBound * stride - padding
    let firstRow = row * stride - padding
    withUnsafeTemporaryAllocation(of: fovea_tap.self, capacity: kernel) { taps in
      var count = 0
      for ky in 0..<kernel where firstRow + ky >= 0 && firstRow + ky < maps.input.height {
        taps[count] = fovea_tap(
          input: maps.input.pixel(firstRow + ky, column), first: ky * rowDepth,
          depth: kernel * convolution.inputChannels)
        count += 1
      }
      multiply(
        UnsafeBufferPointer(rebasing: taps[..<count]), stride: stride * maps.input.pixelStride,
        OutputRun(row: row, column: columns.lowerBound, count: columns.count, isDown: false), group: 0,
        panels, maps)
    }
  }

  /// Pixels of a row from left to right, or of a column downwards.
  struct OutputRun {
    var row: Int
    var column: Int
    var count: Int
    var isDown: Bool

    func stride(_ map: MapView) -> Int { isDown ? map.rowStride : map.pixelStride }
  }

  func multiply(
    _ taps: UnsafeBufferPointer<fovea_tap>, stride: Int, _ run: OutputRun, group: Int, _ panels: Range<Int>,
    _ maps: StageMaps
  ) {
    let firstColumn = panels.lowerBound * 16
    let offset = (group * product.columns + firstColumn) * maps.output.elementSize
    var request = fovea_product(
      rows: run.count, columns: min(product.columns, panels.upperBound * 16) - firstColumn,
      input_stride: stride, taps: taps.baseAddress, tap_count: taps.count,
      weights: product.weights.base + group * product.groupBytes + panels.lowerBound * product.panelBytes,
      weights_depth: product.depth,
      bias: product.bias.map { UnsafePointer($0.floats + group * product.columns + firstColumn) },
      activation: activation,
      residual: maps.residual.map { UnsafeRawPointer($0.pixel(run.row, run.column) + offset) },
      residual_stride: maps.residual.map(run.stride) ?? 0,
      output: maps.output.pixel(run.row, run.column) + offset, output_stride: run.stride(maps.output))
    maps.kernels.pointee.product(&request)
  }
}

extension Convolution {
  /// The input positions under the kernel for a range of output positions, cut to the map.
  func inputRange(for range: Range<Int>, extent: Int) -> Range<Int> {
    let lower = min(extent, max(0, range.lowerBound * stride - padding))
    let upper = min(extent, (range.upperBound - 1) * stride - padding + kernel)
    return lower..<max(lower, upper)
  }
}
