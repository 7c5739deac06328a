import CFoveaKernels
import Foundation
import Testing

/// A block of rows of x, with the gradient of z = activation(x · scale + shift), over poisoned memory.
private struct Block {
  let rows: Int, channels: Int
  let activation: fovea_activation
  let arena = Arena()
  let input: Map, gradient: Map, residual: Map
  let scale: [Float]?, shift: [Float]?
  let others: [[Float]]  // three more parameters a channel

  init(rows: Int, channels: Int, activation: fovea_activation, scaled: Bool, on table: KernelTable) {
    (self.rows, self.channels, self.activation) = (rows, channels, activation)
    var noise = Noise(rows &* 7 &+ channels)
    let (scale, shift) = (noise.floats(channels), noise.floats(channels))
    (self.scale, self.shift) = scaled ? (scale, shift) : (nil, nil)
    let values = noise.floats(rows * channels, in: -8...8)
    input = arena.map(values, rows: rows, channels: channels, stride: channels + 3, table.precision)
    let kept = input
    var gradients = noise.floats(rows * channels)
    // Where rounding decides the side of a corner, no gradient comes.
    for i in gradients.indices {
      let z = Self.z(kept.double(i / channels, i % channels), i % channels, self.scale, self.shift)
      if isCorner(activation, z, within: 1e-4) { gradients[i] = 0 }
    }
    gradient = arena.map(gradients, rows: rows, channels: channels, stride: channels + 2, table.precision)
    residual = arena.map(
      noise.floats(rows * channels), rows: rows, channels: channels, stride: channels, table.precision)
    others = (0..<3).map { _ in noise.floats(channels) }
  }

  static func z(_ x: Double, _ c: Int, _ scale: [Float]?, _ shift: [Float]?) -> Double {
    x * Double(scale?[c] ?? 1) + Double(shift?[c] ?? 0)
  }

  func z(_ r: Int, _ c: Int) -> Double { Self.z(input.double(r, c), c, scale, shift) }

  /// g in float64; z is off by its rounding, which the second derivative, at most 1, passes on.
  func g(_ r: Int, _ c: Int) -> Expected {
    let z = z(r, c), g = gradient.double(r, c), slope = slope(activation, z)
    let error = slopeTolerance(activation, z) + (activation == FOVEA_IDENTITY ? 0 : 0x1p-23 * (8 + abs(z)))
    return Expected(value: g * slope, tolerance: abs(g) * (error + 0x1p-23 * abs(slope)))
  }

  var operation: fovea_activation_gradient {
    var op = fovea_activation_gradient()
    (op.rows, op.channels, op.activation) = (rows, channels, activation)
    (op.gradient, op.gradient_stride) = (UnsafeRawPointer(gradient.start), gradient.stride)
    (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
    op.scale = scale.map { UnsafePointer(arena.floats($0)) }
    op.shift = shift.map { UnsafePointer(arena.floats($0)) }
    return op
  }
}

@Suite struct BatchNormTests {
  private let sizes = [1, 3, 7, 8, 9, 15, 16, 17, 33, 64, 67, 130]

  @Test("Moments are each channel's mean and sum of squared deviations", arguments: KernelTable.all)
  func moments(table: KernelTable) throws {
    let kernels = try table.supported()
    for channels in sizes {
      for rows in [0, 1, 2, 37, 150] {
        let arena = Arena()
        var noise = Noise(rows &* 7 &+ channels)
        let input = arena.map(
          noise.floats(rows * channels, in: 3...5), rows: rows, channels: channels, stride: channels + 3,
          table.precision)
        let means = arena.output(rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
        let squares = arena.output(rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
        var op = fovea_channel_moments()
        (op.rows, op.channels) = (rows, channels)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        op.means = means.start.assumingMemoryBound(to: Float.self)
        op.squares = squares.start.assumingMemoryBound(to: Float.self)
        kernels.channel_moments?(&op)
        let mean = { (c: Int) in
          (0..<rows).reduce(0) { $0 + input.double($1, c) } / Double(max(rows, 1))
        }
        let error = 0x1p-24 * Double(rows + 2) * 5  // of a mean
        expectAgreement(means, "\(rows)×\(channels)") { _, c in
          Expected(value: mean(c), tolerance: error)
        }
        expectAgreement(squares, "\(rows)×\(channels)") { _, c in
          let mean = mean(c)
          let sum = (0..<rows).reduce(0) { $0 + pow(input.double($1, c) - mean, 2) }
          // The squares about a mean that is off by d are too many by rows · d², and each difference is
          // rounded.
          let tolerance = 0x1p-23 * Double(rows + 4) * sum + Double(rows) * (error * error + error * 0x1p-22)
          return Expected(value: sum, tolerance: tolerance)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("A map is scaled, shifted, activated, and joined by the residual", arguments: KernelTable.all)
  func scaleShift(table: KernelTable) throws {
    let kernels = try table.supported()
    for activation in activations {
      for channels in sizes {
        for (scaled, residual, inPlace) in [(false, false, false), (true, true, false), (true, true, true)] {
          let block = Block(rows: 5, channels: channels, activation: activation, scaled: scaled, on: table)
          let fresh = block.arena.output(rows: 5, channels: channels, stride: channels + 1, table.precision)
          let z = (0..<5).map { r in (0..<channels).map { block.z(r, $0) } }
          let output = inPlace ? block.input : fresh
          var op = fovea_scale_shift()
          (op.rows, op.channels, op.activation) = (5, channels, activation)
          (op.input, op.input_stride) = (UnsafeRawPointer(block.input.start), block.input.stride)
          (op.scale, op.shift) = (block.operation.scale, block.operation.shift)
          op.residual = residual ? UnsafeRawPointer(block.residual.start) : nil
          op.residual_stride = block.residual.stride
          (op.output, op.output_stride) = (output.start, output.stride)
          kernels.scale_shift?(&op)
          expectAgreement(output, "\(activation) of \(channels)", roundoff: table.roundoff * 1.01) { r, c in
            let z = z[r][c], y = activated(activation, z), extra = residual ? block.residual.double(r, c) : 0
            let rounding = 0x1p-23 * (9 + abs(z)) * 1.5 + 0x1p-23 * (abs(y) + abs(extra))
            return Expected(
              value: y + extra, tolerance: rounding + activationTolerance(activation, z, table.precision))
          }
          withExtendedLifetime(block.arena) {}
        }
      }
    }
  }

  @Test("The slopes are the derivatives of the activations", arguments: KernelTable.all)
  func slopes(table: KernelTable) throws {
    let kernels = try table.supported()
    let inputs = (-1200...1200).map { Float($0) / 100 + 0.0042 }
    for activation in activations {
      let arena = Arena()
      let input = arena.map(inputs, rows: 1, channels: inputs.count, stride: inputs.count, table.precision)
      let ones = [Float](repeating: 1, count: inputs.count)
      let gradient = arena.map(ones, rows: 1, channels: ones.count, stride: ones.count, table.precision)
      let output = arena.output(rows: 1, channels: ones.count, stride: ones.count, table.precision)
      var op = fovea_activation_gradient_apply()
      (op.of.rows, op.of.channels, op.of.activation) = (1, inputs.count, activation)
      (op.of.gradient, op.of.input) = (UnsafeRawPointer(gradient.start), UnsafeRawPointer(input.start))
      op.output = output.start
      kernels.activation_gradient_apply?(&op)
      expectAgreement(output, "\(activation)", roundoff: table.roundoff * 1.01) { _, c in
        let x = input.double(0, c)
        if isCorner(activation, x, within: 0.0025) || abs(x) < 0.0025 {
          return Expected(value: slope(activation, x), tolerance: slopeTolerance(activation, x))
        }
        let slope = derivative(at: x) { activated(activation, $0) }
        return Expected(value: slope, tolerance: slopeTolerance(activation, x) + 1e-9)
      }
      withExtendedLifetime(arena) {}
    }
  }

  @Test("At a corner the slope is that of the flat side", arguments: KernelTable.all)
  func corners(table: KernelTable) throws {
    let kernels = try table.supported()
    let corners: [(fovea_activation, Float, Float)] = [
      (FOVEA_RELU, 0, 0), (FOVEA_RELU, -0.0, 0), (FOVEA_RELU6, 0, 0), (FOVEA_RELU6, 6, 0),
      (FOVEA_HARDSWISH, -3, 0), (FOVEA_HARDSWISH, 3, 1), (FOVEA_ELU_PLUS_ONE, 0, 1),
    ]
    for (activation, x, slope) in corners {
      let arena = Arena()
      let input = arena.map([x], rows: 1, channels: 1, stride: 1, table.precision)
      let gradient = arena.map([2], rows: 1, channels: 1, stride: 1, table.precision)
      let output = arena.output(rows: 1, channels: 1, stride: 1, table.precision)
      var op = fovea_activation_gradient_apply()
      (op.of.rows, op.of.channels, op.of.activation) = (1, 1, activation)
      (op.of.gradient, op.of.input) = (UnsafeRawPointer(gradient.start), UnsafeRawPointer(input.start))
      op.output = output.start
      kernels.activation_gradient_apply?(&op)
      #expect(output.values == [2 * slope], "\(activation) at \(x)")
      withExtendedLifetime(arena) {}
    }
  }

  @Test("The sums of a block's gradients add to what they hold", arguments: KernelTable.all)
  func gradientSums(table: KernelTable) throws {
    let kernels = try table.supported()
    for activation in activations {
      for channels in sizes {
        for (scaled, products, rows) in [(false, false, 3), (true, true, 37), (true, false, 64)] {
          let block = Block(
            rows: rows, channels: channels, activation: activation, scaled: scaled, on: table)
          let held = block.others[0], mean = block.others[1]
          let sums = block.arena.map(held, rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
          let moments = block.arena.map(held, rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
          var op = fovea_activation_gradient_sums()
          op.of = block.operation
          op.means = scaled ? UnsafePointer(block.arena.floats(mean)) : nil
          op.sums = sums.start.assumingMemoryBound(to: Float.self)
          op.products = products ? moments.start.assumingMemoryBound(to: Float.self) : nil
          kernels.activation_gradient_sums?(&op)
          let total = { (c: Int, weight: (Int) -> Double) -> Expected in
            var (sum, size, error) = (Double(held[c]), abs(Double(held[c])), 0.0)
            for r in 0..<rows {
              let g = block.g(r, c), weight = weight(r)
              sum += g.value * weight
              size += abs(g.value * weight)
              error += (g.tolerance + 0x1p-23 * abs(g.value)) * (abs(weight) + 8)
            }
            return Expected(value: sum, tolerance: error + 0x1p-24 * Double(rows + 4) * size)
          }
          expectAgreement(sums, "\(activation) of \(channels)") { _, c in total(c) { _ in 1 } }
          if products {
            expectAgreement(moments, "\(activation) of \(channels)") { _, c in
              total(c) { block.input.double($0, c) - (scaled ? Double(mean[c]) : 0) }
            }
          }
          withExtendedLifetime(block.arena) {}
        }
      }
    }
  }

  @Test("A block's gradients become those of its input", arguments: KernelTable.all)
  func gradientApply(table: KernelTable) throws {
    let kernels = try table.supported()
    for activation in activations {
      for channels in sizes {
        for (affine, residual, inPlace) in [(false, false, false), (true, true, false), (true, true, true)] {
          let block = Block(rows: 5, channels: channels, activation: activation, scaled: affine, on: table)
          let fresh = block.arena.output(rows: 5, channels: channels, stride: channels + 1, table.precision)
          let g = (0..<5).map { r in (0..<channels).map { block.g(r, $0) } }
          let output = inPlace ? block.gradient : fresh
          let parameters = affine ? block.others.map { UnsafePointer(block.arena.floats($0)) } : []
          var op = fovea_activation_gradient_apply()
          op.of = block.operation
          if affine { (op.factor, op.slope, op.offset) = (parameters[0], parameters[1], parameters[2]) }
          op.residual = residual ? UnsafeRawPointer(block.residual.start) : nil
          op.residual_stride = block.residual.stride
          (op.output, op.output_stride) = (output.start, output.stride)
          kernels.activation_gradient_apply?(&op)
          expectAgreement(output, "\(activation) of \(channels)", roundoff: table.roundoff * 1.01) { r, c in
            let g = g[r][c], extra = residual ? block.residual.double(r, c) : 0
            guard affine else { return Expected(value: g.value + extra, tolerance: g.tolerance) }
            let (p, q, s) = (block.others[0][c], block.others[1][c], block.others[2][c])
            let terms = [g.value * Double(p), Double(q) * block.input.double(r, c), Double(s), extra]
            let size = terms.reduce(0) { $0 + abs($1) }
            return Expected(
              value: terms.reduce(0, +), tolerance: g.tolerance * abs(Double(p)) + 0x1p-22 * size)
          }
          withExtendedLifetime(block.arena) {}
        }
      }
    }
  }

  @Test("Sums and their application make the gradient of batch normalisation", arguments: KernelTable.all)
  func wholeGradient(table: KernelTable) throws {
    let kernels = try table.supported()
    let (rows, channels, epsilon) = (41, 19, 1e-3)
    let block = Block(
      rows: rows, channels: channels, activation: FOVEA_IDENTITY, scaled: false, on: table)
    let x = { (r: Int, c: Int) in block.input.double(r, c) }
    let mean = (0..<channels).map { c in (0..<rows).reduce(0) { $0 + x($1, c) } / Double(rows) }
    let variance = (0..<channels).map { c in
      (0..<rows).reduce(0) { $0 + pow(x($1, c) - mean[c], 2) } / Double(rows) + epsilon
    }
    let weight = block.others[0].map { Double($0) }
    let arena = block.arena
    let sums = arena.floats([Float](repeating: 0, count: channels))
    let products = arena.floats([Float](repeating: 0, count: channels))
    var op = fovea_activation_gradient_sums()
    (op.of, op.sums, op.products) = (block.operation, sums, products)
    op.means = UnsafePointer(arena.floats(mean.map { Float($0) }))
    kernels.activation_gradient_sums?(&op)
    let factor = (0..<channels).map { weight[$0] / variance[$0].squareRoot() }
    let slope = (0..<channels).map { -factor[$0] / variance[$0] * Double(products[$0]) / Double(rows) }
    let offset = (0..<channels).map { -factor[$0] * Double(sums[$0]) / Double(rows) - slope[$0] * mean[$0] }
    let output = arena.output(rows: rows, channels: channels, stride: channels + 1, table.precision)
    var apply = fovea_activation_gradient_apply()
    apply.of = block.operation
    apply.factor = UnsafePointer(arena.floats(factor.map { Float($0) }))
    apply.slope = UnsafePointer(arena.floats(slope.map { Float($0) }))
    apply.offset = UnsafePointer(arena.floats(offset.map { Float($0) }))
    (apply.output, apply.output_stride) = (output.start, output.stride)
    kernels.activation_gradient_apply?(&apply)
    expectAgreement(output, "batch norm", roundoff: table.roundoff * 1.01) { r, c in
      let gradient = derivative { step in
        let moved = (0..<rows).map { x($0, c) + ($0 == r ? step : 0) }
        let mean = moved.reduce(0, +) / Double(rows)
        let variance = moved.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(rows) + epsilon
        return (0..<rows).reduce(0) {
          $0 + block.gradient.double($1, c) * (moved[$1] - mean) / variance.squareRoot() * weight[c]
        }
      }
      // Three terms, none beyond factor · (1 + |x̂|² + …) with sums of `rows` terms in them.
      return Expected(value: gradient, tolerance: 0x1p-24 * Double(rows + 16) * 8 * abs(factor[c]) + 1e-9)
    }
    withExtendedLifetime(arena) {}
  }
}
