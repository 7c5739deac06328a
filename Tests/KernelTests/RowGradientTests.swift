import CFoveaKernels
import Foundation
import Testing

/// Gradients of what mixes the channels of a row, against differences of the float64 functions.
@Suite struct RowGradientTests {
  private let sizes = [1, 3, 7, 8, 9, 15, 16, 17, 33, 64, 67, 96]

  @Test("The gradient of layer norm is that of its definition", arguments: KernelTable.all)
  func layerNorm(table: KernelTable) throws {
    let kernels = try table.supported()
    for channels in sizes + [197] {
      for (weighted, residual, inPlace) in [(false, false, false), (true, true, false), (true, true, true)] {
        let arena = Arena(), rows = 3, epsilon: Float = 1e-2
        var noise = Noise(channels)
        let input = arena.map(
          noise.floats(rows * channels, in: -2...5), rows: rows, channels: channels, stride: channels + 3,
          table.precision)
        let gradient = arena.map(
          noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 1, table.precision
        )
        let kept = gradient.values.map { Double($0) }
        let other = arena.map(
          noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 2, table.precision
        )
        let extra = other.values.map { residual ? Double($0) : 0 }
        let fresh = arena.output(rows: rows, channels: channels, stride: channels, table.precision)
        let output = inPlace ? gradient : fresh
        let weights = noise.floats(channels), held = noise.floats(channels)
        let weightSums = arena.map(held, rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
        let biasSums = arena.map(held, rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
        var op = fovea_layer_norm_gradient()
        (op.rows, op.channels, op.epsilon) = (rows, channels, epsilon)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.gradient, op.gradient_stride) = (UnsafeRawPointer(gradient.start), gradient.stride)
        if weighted {
          op.weight = UnsafePointer(arena.floats(weights))
          op.weight_sums = weightSums.start.assumingMemoryBound(to: Float.self)
          op.bias_sums = biasSums.start.assumingMemoryBound(to: Float.self)
        }
        op.residual = residual ? UnsafeRawPointer(other.start) : nil
        op.residual_stride = other.stride
        (op.output, op.output_stride) = (output.start, output.stride)
        kernels.layer_norm_gradient?(&op)
        let normal = { (row: [Double]) -> [Double] in
          let mean = row.reduce(0, +) / Double(channels)
          let variance = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
          return row.map { ($0 - mean) / (variance + Double(epsilon)).squareRoot() }
        }
        let table_ = (0..<rows).map { r in (0..<channels).map { input.double(r, $0) } }
        let loss = { (r: Int, row: [Double]) -> Double in
          normal(row).enumerated().reduce(0) {
            $0 + $1.element * kept[r * channels + $1.offset] * (weighted ? Double(weights[$1.offset]) : 1)
          }
        }
        let scale = { (r: Int) -> Double in
          let mean = table_[r].reduce(0, +) / Double(channels)
          let variance = table_[r].reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(channels)
          return 1 / (variance + Double(epsilon)).squareRoot()
        }
        // x̂ is off by the mean's rounding, K·ε·5, times the scale; it enters a mean of K such.
        let error = { (r: Int) in 0x1p-24 * Double(channels + 16) * (5 * scale(r) + 2) }
        expectAgreement(output, "layer norm \(channels)", roundoff: table.roundoff * 1.01) { r, c in
          let gradient = derivative { step in
            var row = table_[r]
            row[c] += step
            return loss(r, row)
          }
          let at = r * channels + c, size = 4 * scale(r)
          let tolerance = error(r) * size + 0x1p-23 * abs(extra[at]) + 1e-9 * scale(r) * scale(r)
          return Expected(value: gradient + extra[at], tolerance: tolerance)
        }
        guard weighted else { continue }
        let total = { (c: Int, term: (Int) -> Double) in (0..<rows).reduce(Double(held[c])) { $0 + term($1) }
        }
        expectAgreement(weightSums, "weight \(channels)") { _, c in
          let tolerance = (0..<rows).reduce(0x1p-21) { $0 + error($1) * 4 }
          return Expected(
            value: total(c) { kept[$0 * channels + c] * normal(table_[$0])[c] }, tolerance: tolerance)
        }
        expectAgreement(biasSums, "bias \(channels)") { _, c in
          Expected(value: total(c) { kept[$0 * channels + c] }, tolerance: 0x1p-21)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("The gradient of softmax is that of its definition", arguments: KernelTable.all)
  func softmax(table: KernelTable) throws {
    let kernels = try table.supported()
    for columns in sizes {
      for (biased, inPlace) in [(false, false), (true, false), (true, true)] {
        let arena = Arena(), rows = 5, scale: Float = 0.7
        var noise = Noise(columns)
        let logits = noise.floats(rows * columns, in: -4...4).map { Double($0) }
        let softmax = { (row: [Double]) -> [Double] in
          let powers = row.map { exp($0) }
          return powers.map { $0 / powers.reduce(0, +) }
        }
        let row = { (r: Int) in Array(logits[r * columns..<(r + 1) * columns]) }
        let answers = arena.map(
          (0..<rows).flatMap { softmax(row($0)).map { Float($0) } }, rows: rows, channels: columns,
          stride: columns + 3, table.precision)
        let gradient = arena.map(
          noise.floats(rows * columns), rows: rows, channels: columns, stride: columns + 1, table.precision)
        let kept = gradient.values.map { Double($0) }
        let fresh = arena.output(rows: rows, channels: columns, stride: columns, table.precision)
        let held = noise.floats(rows * columns)
        let biasSums = arena.map(held, rows: rows, channels: columns, stride: columns + 2, FOVEA_FLOAT32)
        let output = inPlace ? gradient : fresh
        var op = fovea_softmax_gradient()
        (op.rows, op.columns, op.scale) = (rows, columns, scale)
        (op.answers, op.answers_stride) = (UnsafeRawPointer(answers.start), answers.stride)
        (op.gradient, op.gradient_stride) = (UnsafeRawPointer(gradient.start), gradient.stride)
        op.bias_sums = biased ? biasSums.start.assumingMemoryBound(to: Float.self) : nil
        op.bias_stride = biasSums.stride
        (op.output, op.output_stride) = (output.start, output.stride)
        kernels.softmax_gradient?(&op)
        let expected = { (r: Int, c: Int) -> Expected in
          let gradient = derivative { step in
            var moved = row(r)
            moved[c] += step
            return softmax(moved).enumerated().reduce(0) { $0 + $1.element * kept[r * columns + $1.offset] }
          }
          // The answers are rounded, each by ε of itself: y (g − Σ g y) by 3 y ε; and the sum has K terms.
          let y = softmax(row(r))[c]
          let rounding = 3 * table.roundoff + 0x1p-24 * Double(columns + 8)
          return Expected(value: gradient, tolerance: y * rounding + 1e-10)
        }
        expectAgreement(output, "\(columns)", roundoff: table.roundoff * 1.01) { r, c in
          let one = expected(r, c)
          return Expected(value: one.value * Double(scale), tolerance: one.tolerance)
        }
        if biased {
          expectAgreement(biasSums, "\(columns)") { r, c in
            let one = expected(r, c), before = Double(held[r * columns + c])
            return Expected(
              value: one.value + before, tolerance: one.tolerance + 0x1p-23 * (abs(before) + abs(one.value)))
          }
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("The gradient of the focused map is that of its definition", arguments: KernelTable.all)
  func focused(table: KernelTable) throws {
    let kernels = try table.supported()
    for power: Float in [1, 2, 3, 4, 2.5] {
      for channels in sizes {
        for inPlace in [false, true] {
          let arena = Arena(), rows = 4, offset: Float = 1e-2
          var noise = Noise(channels)
          // Away from the ReLU's corner by more than the differences' step.
          let values = noise.floats(rows * channels, in: -1...1).map { $0 < 0 ? $0 - 0.25 : $0 + 0.125 }
          let input = arena.map(
            values, rows: rows, channels: channels, stride: channels + 3, table.precision)
          let x = input.values.map { Double($0) }
          let gradient = arena.map(
            noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 1,
            table.precision)
          let kept = gradient.values.map { Double($0) }
          let fresh = arena.output(rows: rows, channels: channels, stride: channels, table.precision)
          let output = inPlace ? input : fresh
          let inverses = noise.floats(channels, in: 0.5...2), held = noise.floats(channels)
          let scaleSums = arena.map(held, rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
          var op = fovea_features_gradient()
          (op.rows, op.channels, op.map) = (rows, channels, FOVEA_FEATURES_FOCUSED)
          (op.offset, op.power, op.inverse_scale) = (offset, power, UnsafePointer(arena.floats(inverses)))
          (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
          (op.gradient, op.gradient_stride) = (UnsafeRawPointer(gradient.start), gradient.stride)
          op.inverse_scale_sums = inPlace ? nil : scaleSums.start.assumingMemoryBound(to: Float.self)
          (op.output, op.output_stride) = (output.start, output.stride)
          kernels.features_gradient?(&op)
          let loss = { (r: Int, row: [Double], scales: [Double]) -> Double in
            let u = zip(row, scales).map { (max($0, 0) + Double(offset)) * $1 }
            let v = u.map { pow($0, Double(power)) }
            let length = { (x: [Double]) in x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
            return v.enumerated().reduce(0) {
              $0 + kept[r * channels + $1.offset] * $1.element * length(u) / length(v)
            }
          }
          let row = { (r: Int) in Array(x[r * channels..<(r + 1) * channels]) }
          let scales = inverses.map { Double($0) }
          // b is a sum of K products below 1, of which powers by six products; du is two of them by p.
          let error = 0x1p-24 * (2 * Double(channels) + 48) * (Double(power) + 1)
          let size = Double(channels).squareRoot() + 1
          expectAgreement(output, "power \(power), \(channels)", roundoff: table.roundoff * 1.01) { r, c in
            let gradient = derivative { step in
              var moved = row(r)
              moved[c] += step
              return loss(r, moved, scales)
            }
            return Expected(value: gradient, tolerance: error * size + 1e-8)
          }
          if !inPlace {
            expectAgreement(scaleSums, "scale at power \(power), \(channels)") { _, c in
              let gradient = derivative { step in
                var moved = scales
                moved[c] += step
                return (0..<rows).reduce(0) { $0 + loss($1, row($1), moved) }
              }
              return Expected(
                value: Double(held[c]) + gradient, tolerance: error * size * Double(rows) + 1e-7)
            }
          }
          withExtendedLifetime(arena) {}
        }
      }
    }
  }

  @Test("The gradients of pointwise feature maps are their slopes", arguments: KernelTable.all)
  func pointwise(table: KernelTable) throws {
    let kernels = try table.supported()
    let slopes: [(fovea_feature_map, (Double) -> Double)] = [
      (FOVEA_FEATURES_IDENTITY, { _ in 1 }), (FOVEA_FEATURES_RELU, { $0 > 0 ? 1 : 0 }),
      (FOVEA_FEATURES_ELU_PLUS_ONE, { $0 > 0 ? 1 : exp($0) }),
    ]
    for (map, slope) in slopes {
      for channels in sizes {
        let arena = Arena(), rows = 3
        var noise = Noise(channels)
        let input = arena.map(
          noise.floats(rows * channels, in: -5...5), rows: rows, channels: channels, stride: channels + 3,
          table.precision)
        let gradient = arena.map(
          noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 1,
          table.precision)
        let output = arena.output(rows: rows, channels: channels, stride: channels + 2, table.precision)
        var op = fovea_features_gradient()
        (op.rows, op.channels, op.map) = (rows, channels, map)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.gradient, op.gradient_stride) = (UnsafeRawPointer(gradient.start), gradient.stride)
        (op.output, op.output_stride) = (output.start, output.stride)
        kernels.features_gradient?(&op)
        expectAgreement(output, "\(map)", roundoff: table.roundoff * 1.01) { r, c in
          Expected(value: gradient.double(r, c) * slope(input.double(r, c)), tolerance: 0x1p-22)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }
}
