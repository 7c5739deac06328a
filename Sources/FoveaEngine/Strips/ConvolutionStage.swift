import CFoveaKernels
import FoveaGraph

/// A k×k convolution as an implicit matrix product: kernel rows are runs of channels-last input.
///
/// Pixels whose kernel lies inside the map's columns are read where they lie; at the left and right border,
/// and where a group's channels are not contiguous, the patch under the kernel is copied beside zeros first.
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

  func scratchBytes(columns: Int) -> Int { rowDepth * convolution.kernel * 4 }

  var weightBytes: Int { product.byteCount }

  func run(_ area: Area, _ maps: StageMaps) {
    let (stride, padding, kernel) = (convolution.stride, convolution.padding, convolution.kernel)
    let isDirect = convolution.groups == 1 && maps.input.pixelStride == convolution.inputChannels
    let firstInside = (padding + stride - 1) / stride
    let pastInside = max(firstInside, (maps.input.width + padding - kernel) / stride + 1)
    let inside = isDirect ? area.columns.clamped(to: firstInside..<pastInside) : area.columns.prefix(0)
    for row in area.rows {
      if inside.isEmpty {
        for column in area.columns { runPatch(row, column, maps) }
      } else {
        for column in area.columns.lowerBound..<inside.lowerBound { runPatch(row, column, maps) }
        runInside(row, inside, maps)
        for column in inside.upperBound..<area.columns.upperBound { runPatch(row, column, maps) }
      }
    }
  }

  /// Output pixels of a row whose kernel hangs over no side border: a tap for each kernel row inside the map.
  private func runInside(_ row: Int, _ columns: Range<Int>, _ maps: StageMaps) {
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
        UnsafeBufferPointer(rebasing: taps[..<count]), group: 0, stride: stride * maps.input.pixelStride,
        row, columns, maps)
    }
  }

  /// One output pixel from a copy of the patch under its kernel.
  private func runPatch(_ row: Int, _ column: Int, _ maps: StageMaps) {
    let (stride, padding, kernel) = (convolution.stride, convolution.padding, convolution.kernel)
    let size = maps.input.elementSize
    let channels = convolution.inputChannels / convolution.groups
    for group in 0..<convolution.groups {
      maps.scratch.initializeMemory(as: UInt8.self, repeating: 0, count: rowDepth * kernel * size)
      for ky in 0..<kernel {
        let y = row * stride - padding + ky
        guard y >= 0, y < maps.input.height else { continue }
        for kx in 0..<kernel {
          let x = column * stride - padding + kx
          guard x >= 0, x < maps.input.width else { continue }
          (maps.scratch + (ky * rowDepth + kx * channels) * size).copyMemory(
            from: maps.input.pixel(y, x) + group * channels * size, byteCount: channels * size)
        }
      }
      var tap = fovea_tap(input: maps.scratch, first: 0, depth: rowDepth * kernel)
      withUnsafePointer(to: &tap) { tap in
        multiply(
          UnsafeBufferPointer(start: tap, count: 1), group: group, stride: 0, row, column..<column + 1, maps)
      }
    }
  }

  private func multiply(
    _ taps: UnsafeBufferPointer<fovea_tap>, group: Int, stride: Int, _ row: Int, _ columns: Range<Int>,
    _ maps: StageMaps
  ) {
    let offset = group * product.columns * maps.output.elementSize
    var request = fovea_product(
      rows: columns.count, columns: product.columns, input_stride: stride, taps: taps.baseAddress,
      tap_count: taps.count, weights: product.weights.base + group * product.groupBytes,
      weights_depth: product.depth,
      bias: product.bias.map { UnsafePointer($0.floats + group * product.columns) }, activation: activation,
      residual: maps.residual.map { UnsafeRawPointer($0.pixel(row, columns.lowerBound) + offset) },
      residual_stride: maps.residual?.pixelStride ?? 0,
      output: maps.output.pixel(row, columns.lowerBound) + offset, output_stride: maps.output.pixelStride)
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
