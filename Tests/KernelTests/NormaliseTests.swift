import CFoveaKernels
import Foundation
import Testing

@Suite struct NormaliseTests {
  private let sizes = [1, 3, 7, 8, 9, 15, 16, 17, 33, 64, 67, 96, 197]

  @Test("Layer norm centres and scales each row", arguments: KernelTable.all)
  func layerNorm(table: KernelTable) throws {
    let kernels = try table.supported()
    for channels in sizes {
      for (weighted, inPlace) in [(false, false), (true, false), (true, true)] {
        let arena = Arena(), rows = 4, epsilon: Float = 1e-5
        var noise = Noise(channels)
        let values = noise.floats(rows * channels, in: -2...5)
        let input = arena.map(values, rows: rows, channels: channels, stride: channels + 3, table.precision)
        let kept = arena.map(values, rows: rows, channels: channels, stride: channels, table.precision)
        let output =
          inPlace
          ? input
          : arena.output(
            rows: rows, channels: channels, stride: channels + 1, table.precision)
        let weights = noise.floats(channels), biases = noise.floats(channels)
        var op = fovea_layer_norm()
        (op.rows, op.channels, op.epsilon) = (rows, channels, epsilon)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.output, op.output_stride) = (output.start, output.stride)
        op.weight = weighted ? UnsafePointer(arena.floats(weights)) : nil
        op.bias = weighted ? UnsafePointer(arena.floats(biases)) : nil
        kernels.layer_norm?(&op)
        expectAgreement(output, "\(channels)", roundoff: table.roundoff * 1.01) { r, c in
          let row = (0..<channels).map { kept.double(r, $0) }
          let mean = row.reduce(0, +) / Double(channels)
          let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
          let scale = 1 / (variance + Double(epsilon)).squareRoot()
          let weight = weighted ? Double(weights[c]) : 1, bias = weighted ? Double(biases[c]) : 0
          // The mean is off by K·ε·max|x|, which the scale amplifies.
          let tolerance = 0x1p-24 * Double(channels + 8) * 5 * scale * abs(weight) + 0x1p-22 * abs(bias)
          return Expected(value: (row[c] - mean) * scale * weight + bias, tolerance: tolerance)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("Softmax sums to one, and hides what the mask hides", arguments: KernelTable.all)
  func softmax(table: KernelTable) throws {
    let kernels = try table.supported()
    for columns in sizes {
      for hidden in [nil, -100, -Float.infinity] {
        let arena = Arena(), rows = 5, scale: Float = 0.7
        var noise = Noise(columns)
        let logits = noise.floats(rows * columns, in: -12...12)
        let input = arena.map(logits, rows: rows, channels: columns, stride: columns + 3, table.precision)
        let output = arena.output(rows: rows, channels: columns, stride: columns + 1, table.precision)
        let biases = noise.floats(rows * columns)
        let masks = (0..<rows * columns).map { $0 % 3 == 1 ? hidden ?? 0 : Float(0) }
        var op = fovea_softmax()
        (op.rows, op.columns, op.scale) = (rows, columns, scale)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.output, op.output_stride) = (output.start, output.stride)
        if hidden != nil, columns > 1 {
          (op.bias, op.bias_stride) = (UnsafePointer(arena.floats(biases)), columns)
          (op.mask, op.mask_stride) = (UnsafePointer(arena.floats(masks)), columns)
        }
        kernels.softmax?(&op)
        let logit = { (r: Int, c: Int) -> Double in
          let plain = input.double(r, c) * Double(scale)
          return op.bias == nil
            ? plain : plain + Double(biases[r * columns + c]) + Double(masks[r * columns + c])
        }
        for r in 0..<rows {
          let row = (0..<columns).map { logit(r, $0) }
          let greatest = row.max() ?? 0
          let total = row.reduce(0) { $0 + exp($1 - greatest) }
          let single = RowView(map: output, row: r)
          // A logit of size L is off by L·ε, and so its exponential, relatively; the sum adds K·ε.
          single.expect("\(columns) masked \(String(describing: hidden))", roundoff: table.roundoff * 1.01) {
            c in
            let y = exp(row[c] - greatest) / total
            let size = max(abs(row[c]), abs(greatest)).isFinite ? max(abs(row[c]), abs(greatest)) : 0
            return Expected(value: y, tolerance: y * 0x1p-24 * (4 * size + Double(columns) + 16) + 1e-37)
          }
        }
        #expect(output.intact)
        withExtendedLifetime(arena) {}
      }
    }
  }
}

/// One row of a map, compared on its own.
private struct RowView {
  let map: Map, row: Int

  func expect(_ name: String, roundoff: Double, _ expected: (Int) -> Expected) {
    for c in 0..<map.channels {
      let wanted = expected(c), tolerance = wanted.tolerance + roundoff * wanted.value
      #expect(abs(map.double(row, c) - wanted.value) <= tolerance, "\(name) [\(row), \(c)]")
    }
  }
}
