import CFoveaKernels

// Pixels whose input has to be copied together first.
extension ConvolutionStage {
  /// Output pixels, one row's or one column's, from copies of the patches under their kernels.
  func runPatches(_ rows: Range<Int>, _ columns: Range<Int>, _ maps: StageMaps) {
    let isDown = columns.count == 1
    var (row, column) = (rows.lowerBound, columns.lowerBound)
    while row < rows.upperBound, column < columns.upperBound {
      var count = min(Self.patchesAtATime, isDown ? rows.upperBound - row : columns.upperBound - column)
      if isDown {
        count = min(count, maps.output.rowsBeforeWrap(row), maps.residual?.rowsBeforeWrap(row) ?? count)
      }
      let run = OutputRun(row: row, column: column, count: count, isDown: isDown)
      for group in 0..<convolution.groups {
        for index in 0..<count {
          copyPatch(isDown ? row + index : row, isDown ? column : column + index, group: group, index, maps)
        }
        var tap = fovea_tap(input: maps.scratch, first: 0, depth: patchDepth)
        withUnsafePointer(to: &tap) { tap in
          let taps = UnsafeBufferPointer(start: tap, count: 1)
          multiply(taps, stride: patchDepth, run, group: group, allPanels, maps)
        }
      }
      if isDown { row += count } else { column += count }
    }
  }

  /// The patch under the kernel of an output pixel, beside zeros where it hangs over the border.
  private func copyPatch(_ row: Int, _ column: Int, group: Int, _ index: Int, _ maps: StageMaps) {
    let (stride, padding, kernel) = (convolution.stride, convolution.padding, convolution.kernel)
    let size = maps.input.elementSize
    let channels = convolution.inputChannels / convolution.groups
    let patch = maps.scratch + index * patchDepth * size
    patch.initializeMemory(as: UInt8.self, repeating: 0, count: patchDepth * size)
    for ky in 0..<kernel {
      let y = row * stride - padding + ky
      guard y >= 0, y < maps.input.height else { continue }
      for kx in 0..<kernel {
        let x = column * stride - padding + kx
        guard x >= 0, x < maps.input.width else { continue }
        (patch + (ky * rowDepth + kx * channels) * size).copyMemory(
          from: maps.input.pixel(y, x) + group * channels * size, byteCount: channels * size)
      }
    }
  }
}
