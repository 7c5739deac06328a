import CFoveaKernels
import FoveaGraph

/// The positions and weights by which one axis of a map is resampled, PyTorch's align_corners=False.
package struct ResamplingTable: Sendable {
  package let taps: Int
  /// (outputs, taps), clamped to the input.
  package let indices: [Int32]
  /// (outputs, taps).
  package let weights: [Float]

  package init(input: Int, output: Int, method: Resampling) {
    let positions = method.taps(from: input, to: output)
    let taps = positions.map(\.count).max() ?? 0
    let padded = positions.map { position in
      let nothing = Tap(position: position[0].position, weight: 0)
      return position + [Tap](repeating: nothing, count: taps - position.count)
    }
    self.taps = taps
    indices = padded.joined().map { Int32($0.position) }
    weights = padded.joined().map { Float($0.weight) }
  }

  /// The input positions that a range of outputs reads.
  func inputs(for range: Range<Int>) -> Range<Int> {
    let read = indices[range.lowerBound * taps..<range.upperBound * taps]
    guard let lower = read.min(), let upper = read.max() else { return 0..<0 }
    return Int(lower)..<Int(upper) + 1
  }
}

/// A map resampled to another size, row by row.
struct ResampleStage: RowStage {
  let vertical: ResamplingTable
  let horizontal: ResamplingTable
  let channels: Int

  init(from input: Shape, to output: Shape, method: Resampling) {
    vertical = ResamplingTable(input: input.height, output: output.height, method: method)
    horizontal = ResamplingTable(input: input.width, output: output.width, method: method)
    channels = output.channels
  }

  var isPointwise: Bool { false }
  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { vertical.inputs(for: rows) }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> { horizontal.inputs(for: columns) }

  func run(_ area: Area, _ maps: StageMaps) {
    let taps = vertical.taps
    let column = area.columns.lowerBound
    withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: taps) { rows in
      for row in area.rows {
        for tap in 0..<taps {
          let source = Int(vertical.indices[row * taps + tap])
          rows[tap] = UnsafeRawPointer(maps.input.pixel(source, 0))
        }
        withTables(from: row, column) { rowWeights, indices, weights in
          var request = fovea_resample_row(
            output_width: area.columns.count, channels: channels, row_taps: taps,
            column_taps: horizontal.taps, rows: rows.baseAddress, row_weights: rowWeights,
            input_stride: maps.input.pixelStride, indices: indices, weights: weights,
            residual: maps.residual.map { UnsafeRawPointer($0.pixel(row, column)) },
            residual_stride: maps.residual?.pixelStride ?? 0, output: maps.output.pixel(row, column),
            output_stride: maps.output.pixelStride)
          maps.kernels.pointee.resample_row(&request)
        }
      }
    }
  }

  private func withTables(
    from row: Int, _ column: Int,
    _ body: (UnsafePointer<Float>, UnsafePointer<Int32>, UnsafePointer<Float>) -> Void
  ) {
    vertical.weights.withUnsafeBufferPointer { rowWeights in
      horizontal.indices.withUnsafeBufferPointer { indices in
        horizontal.weights.withUnsafeBufferPointer { weights in
          guard let rowWeights = rowWeights.baseAddress, let indices = indices.baseAddress,
            let weights = weights.baseAddress
          else { return }
          body(
            rowWeights + row * vertical.taps, indices + column * horizontal.taps,
            weights + column * horizontal.taps)
        }
      }
    }
  }
}

extension Resize: StripOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    let input = inputs[0].shape
    // bicubic's four taps reach three rows beyond the one that a row begins with
    return .strips(
      self, .unary(inputs[0]),
      .rows(halo: 3, coversInput: output.height >= input.height && output.width >= input.width))
  }

  var epilogue: Epilogue { .residual }

  func stage(of operation: LoweredOperation, _ site: StageSite) -> any RowStage {
    let input = operation.operands.main?.shape ?? operation.output.shape
    return ResampleStage(from: input, to: operation.output.shape, method: method)
  }
}
