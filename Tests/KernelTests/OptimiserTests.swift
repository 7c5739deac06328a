import CFoveaKernels
import Foundation
import Testing

/// Steps of the optimisers against the same recurrences in float64.
@Suite struct OptimiserTests {
  private let counts = [0, 1, 7, 8, 15, 16, 17, 67, 200]

  private func array(_ arena: Arena, _ values: [Float]) -> Map {
    arena.map(values, rows: 1, channels: values.count, stride: max(values.count, 1), FOVEA_FLOAT32)
  }

  private func pointer(_ map: Map) -> UnsafeMutablePointer<Float> {
    map.start.assumingMemoryBound(to: Float.self)
  }

  @Test("AdamW takes the steps of its definition", arguments: KernelTable.all)
  func adamw(table: KernelTable) throws {
    let kernels = try table.supported()
    let (rate, decay, beta1, beta2, epsilon): (Float, Float, Float, Float, Float) =
      (0.01, 0.05, 0.9, 0.999, 1e-8)
    for count in counts {
      let arena = Arena()
      var noise = Noise(count)
      let values = array(arena, noise.floats(count)), zeros = [Float](repeating: 0, count: count)
      let first = array(arena, zeros), second = array(arena, zeros)
      var wanted = values.values.map { (value: Double($0), first: 0.0, second: 0.0) }
      for step in 1...5 {
        let gradients = noise.floats(count), scale: Float = step % 2 == 0 ? 1 : 0.5
        var op = fovea_adamw()
        (op.count, op.values, op.gradients) = (count, pointer(values), UnsafePointer(arena.floats(gradients)))
        (op.first, op.second, op.gradient_scale) = (pointer(first), pointer(second), scale)
        (op.rate, op.decay, op.beta1, op.beta2, op.epsilon) = (rate, decay, beta1, beta2, epsilon)
        op.correction1 = 1 - pow(beta1, Float(step))
        op.correction2 = Float(1 - pow(Double(beta2), Double(step)))
        kernels.adamw?(&op)
        for i in 0..<count {
          let g = Double(gradients[i] * scale), (b1, b2) = (Double(beta1), Double(beta2))
          wanted[i].first = b1 * wanted[i].first + (1 - b1) * g
          wanted[i].second = b2 * wanted[i].second + (1 - b2) * g * g
          let mean = wanted[i].first / (1 - pow(b1, Double(step)))
          let root = (wanted[i].second / (1 - pow(b2, Double(step)))).squareRoot()
          wanted[i].value *= 1 - Double(rate) * Double(decay)
          wanted[i].value -= Double(rate) * mean / (root + Double(epsilon))
        }
      }
      // 1 − β₂ loses ten bits of the 24, of which the root keeps half; a step is at most a few rates.
      expectAgreement(values, "\(count)") { _, i in
        Expected(value: wanted[i].value, tolerance: 5 * (0x1p-23 + 4 * Double(rate) * 0x1p-14))
      }
      expectAgreement(first, "\(count)") { _, i in
        Expected(value: wanted[i].first, tolerance: 5 * 0x1p-22)
      }
      expectAgreement(second, "\(count)") { _, i in
        Expected(value: wanted[i].second, tolerance: 5 * 0x1p-14 * 0.001)
      }
      withExtendedLifetime(arena) {}
    }
  }

  @Test("Gradient descent with momentum takes the steps of its definition", arguments: KernelTable.all)
  func sgd(table: KernelTable) throws {
    let kernels = try table.supported()
    let (rate, decay, momentum): (Float, Float, Float) = (0.1, 0.01, 0.9)
    for count in counts {
      for nesterov in [false, true] {
        let arena = Arena()
        var noise = Noise(count)
        let values = array(arena, noise.floats(count))
        let velocities = array(arena, [Float](repeating: 0, count: count))
        var wanted = values.values.map { (value: Double($0), velocity: 0.0) }
        for _ in 0..<5 {
          let gradients = noise.floats(count)
          var op = fovea_sgd()
          (op.count, op.values, op.velocities) = (count, pointer(values), pointer(velocities))
          (op.gradients, op.gradient_scale) = (UnsafePointer(arena.floats(gradients)), 0.5)
          (op.rate, op.decay, op.momentum, op.nesterov) = (rate, decay, momentum, nesterov)
          kernels.sgd?(&op)
          for i in 0..<count {
            let g = Double(gradients[i]) / 2 + Double(decay) * wanted[i].value
            wanted[i].velocity = Double(momentum) * wanted[i].velocity + g
            let direction = nesterov ? g + Double(momentum) * wanted[i].velocity : wanted[i].velocity
            wanted[i].value -= Double(rate) * direction
          }
        }
        expectAgreement(values, "\(count)") { _, i in
          Expected(value: wanted[i].value, tolerance: 5 * 0x1p-22)
        }
        expectAgreement(velocities, "\(count)") { _, i in
          Expected(value: wanted[i].velocity, tolerance: 5 * 0x1p-22 * 4)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("An average moves towards the values, and squares add up", arguments: KernelTable.all)
  func averageAndSquares(table: KernelTable) throws {
    let kernels = try table.supported()
    for count in counts + [100_003] {
      let arena = Arena()
      var noise = Noise(count)
      let values = noise.floats(count), before = noise.floats(count)
      let averages = array(arena, before), retention: Float = 0.75
      var op = fovea_average()
      (op.count, op.values) = (count, UnsafePointer(arena.floats(values)))
      (op.averages, op.retention) = (pointer(averages), retention)
      kernels.average?(&op)
      expectAgreement(averages, "\(count)") { _, i in
        Expected(value: 0.75 * Double(before[i]) + 0.25 * Double(values[i]), tolerance: 0x1p-23)
      }
      let sum = kernels.sum_of_squares?(op.values, count) ?? .nan
      let wanted = values.reduce(0) { $0 + Double($1) * Double($1) }
      #expect(abs(sum - wanted) <= 0x1p-52 * Double(count) * wanted, "\(count)")
      withExtendedLifetime(arena) {}
    }
  }
}
