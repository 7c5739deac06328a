import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Which input positions an output position of a resampled axis is made of, padded to one number of taps.
struct AxisTaps {
  let taps: Int
  /// (outputs, taps)
  let indices: [Int32]
  let weights: [Float]
  /// Input positions from the first to the last that an output position needs, at most.
  let span: Int

  init(_ method: Resampling, from input: Int, to output: Int) {
    self.init(method.taps(from: input, to: output).map { $0.map { (Int32($0.position), Float($0.weight)) } })
  }

  private init(_ positions: [[(Int32, Float)]]) {
    let taps = positions.map(\.count).max() ?? 1
    let padded = positions.map { row in
      row + [(Int32, Float)](repeating: (row.first?.0 ?? 0, 0), count: taps - row.count)
    }
    self.taps = taps
    indices = padded.joined().map(\.0)
    weights = padded.joined().map(\.1)
    span = padded.map { row in Int((row.map(\.0).max() ?? 0) - (row.map(\.0).min() ?? 0)) + 1 }.max() ?? 1
  }

  /// For every input position the output positions that it went into.
  func transposed(inputs: Int) -> AxisTaps {
    var positions = [[(Int32, Float)]](repeating: [], count: inputs)
    for (index, (input, weight)) in zip(indices, weights).enumerated() where weight != 0 {
      positions[Int(input)].append((Int32(index / taps), weight))
    }
    return AxisTaps(positions.map { $0.isEmpty ? [(0, 0)] : $0 })
  }
}

/// The taps of both axes, and a row made by them.
struct AxisTaps2D {
  let vertical: AxisTaps
  let horizontal: AxisTaps

  /// One row, from the rows of a ring.
  func run(
    _ ring: inout RowRing, _ y: Int, _ rows: UnsafeMutableBufferPointer<UnsafeRawPointer?>,
    into target: GradientTarget, _ first: Int, _ pass: Pass
  ) {
    for tap in 0..<vertical.taps { rows[tap] = ring.row(Int(vertical.indices[y * vertical.taps + tap])) }
    vertical.weights.withUnsafeBufferPointer { rowWeights in
      horizontal.indices.withUnsafeBufferPointer { indices in
        horizontal.weights.withUnsafeBufferPointer { weights in
          var request = fovea_resample_row(
            output_width: target.map.shape.width, channels: target.map.shape.channels,
            row_taps: vertical.taps, column_taps: horizontal.taps, rows: rows.baseAddress,
            row_weights: rowWeights.baseAddress.map { $0 + y * vertical.taps }, input_stride: ring.stride,
            indices: indices.baseAddress, weights: weights.baseAddress, residual: target.residual(first),
            residual_stride: target.residualStride, output: target.map.pixel(first),
            output_stride: target.map.pixelStride)
          pass.kernels.pointee.resample_row(&request)
        }
      }
    }
  }
}
