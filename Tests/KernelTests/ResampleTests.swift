import CFoveaKernels
import Testing

@Suite struct ResampleTests {
  @Test("A resampled row is the weighted sum of its taps", arguments: KernelTable.all)
  func rows(table: KernelTable) throws {
    let kernels = try table.supported()
    for (rowTaps, columnTaps) in [(1, 1), (2, 2), (4, 4), (3, 2), (1, 4)] {
      for channels in [1, 2, 15, 16, 17, 19, 35] {
        for residual in [false, true] {
          let arena = Arena(), width = 9, outputWidth = 17
          var noise = Noise(channels &+ rowTaps)
          let rows = (0..<rowTaps).map { _ in
            arena.map(
              noise.floats(width * channels), rows: width, channels: channels, stride: channels + 3,
              table.precision)
          }
          let rowWeights = noise.floats(rowTaps), weights = noise.floats(outputWidth * columnTaps)
          let indices = (0..<outputWidth * columnTaps).map { _ in
            Int32.random(in: 0..<Int32(width), using: &noise)
          }
          let residuals = noise.floats(outputWidth * channels).map { rounded($0, table.precision) }
          let output = arena.output(
            rows: outputWidth, channels: channels, stride: channels + 1, table.precision)
          if residual {
            for x in 0..<outputWidth { for c in 0..<channels { output[x, c] = residuals[x * channels + c] } }
          }
          let pointers = rows.map { Optional(UnsafeRawPointer($0.start)) }
          pointers.withUnsafeBufferPointer { pointers in
            indices.withUnsafeBufferPointer { indices in
              var op = fovea_resample_row()
              (op.output_width, op.channels, op.row_taps, op.column_taps) = (
                outputWidth, channels, rowTaps, columnTaps
              )
              (op.rows, op.input_stride) = (pointers.baseAddress, rows[0].stride)
              (op.row_weights, op.weights) = (
                UnsafePointer(arena.floats(rowWeights)), UnsafePointer(arena.floats(weights))
              )
              op.indices = indices.baseAddress
              op.residual = residual ? UnsafeRawPointer(output.start) : nil
              (op.residual_stride, op.output, op.output_stride) = (output.stride, output.start, output.stride)
              kernels.resample_row?(&op)
            }
          }
          expectAgreement(output, "\(rowTaps)×\(columnTaps) of \(channels)", roundoff: table.roundoff * 1.01)
          { x, c in
            var sum = residual ? Double(residuals[x * channels + c]) : 0, size = abs(sum)
            for y in 0..<rowTaps {
              for t in 0..<columnTaps {
                let at = x * columnTaps + t
                let term = Double(rowWeights[y]) * Double(weights[at]) * rows[y].double(Int(indices[at]), c)
                sum += term
                size += abs(term)
              }
            }
            return Expected(value: sum, tolerance: 0x1p-24 * Double(rowTaps + columnTaps + 4) * size)
          }
          withExtendedLifetime(arena) {}
        }
      }
    }
  }
}
