import FoveaTraining
import Testing

@Suite("Optimisers and schedules")
struct OptimiserTests {
  @Test("five clipped steps end where PyTorch's end, groups with their own rate and decay")
  func steps() throws {
    for golden in try LearningGoldens.recorded.get().optimisers {
      let count = golden.values.count
      let (optimiser, rate) = Self.optimiser(golden.name, count: count)
      let groups = [
        ParameterGroup(range: 0..<golden.split),
        ParameterGroup(range: golden.split..<count, rateScale: 0.5, decayScale: 0),
      ]
      var values = golden.values
      for step in 0..<golden.norms.count {
        let gradients = Array(golden.gradients[step * count..<(step + 1) * count])
        gradients.withUnsafeBufferPointer { gradients in
          let norm = GradientNorm.of(gradients, groups: groups)
          #expect(abs(norm - golden.norms[step]) < 1e-6 * norm)
          values.withUnsafeMutableBufferPointer {
            optimiser.step(
              $0, gradients: gradients, groups: groups, rate: rate,
              gradientScale: GradientNorm.scale(of: norm, limit: 5))
          }
        }
      }
      // Some ten roundings a step of values near 3.
      let difference = worstDifference(values, golden.result, within: 50 * 3 * .ulpOfOne)
      #expect(difference == nil, "\(golden.name) \(difference ?? "")")
    }
  }

  @Test("values outside the groups stay as they are")
  func frozen() {
    let optimiser = AdamW(count: 4)
    var values: [Float] = [1, 2, 3, 4]
    let gradients: [Float] = [1, 1, 1, 1]
    values.withUnsafeMutableBufferPointer { values in
      gradients.withUnsafeBufferPointer {
        optimiser.step(
          values, gradients: $0, groups: [ParameterGroup(range: 2..<3)], rate: 0.1, gradientScale: 1)
      }
    }
    #expect(values[0] == 1 && values[1] == 2 && values[3] == 4 && values[2] < 3)
  }

  @Test("a restored optimiser goes on to the same bits")
  func memory() {
    func run(_ optimiser: any Optimiser, _ values: inout [Float], steps: Range<Int>) {
      for step in steps {
        let gradients = values.indices.map { Float(($0 * 7 + step * 3) % 11) - 5 }
        values.withUnsafeMutableBufferPointer { values in
          gradients.withUnsafeBufferPointer {
            optimiser.step(
              values, gradients: $0, groups: [ParameterGroup(range: 0..<9)], rate: 0.1, gradientScale: 1)
          }
        }
      }
    }
    for name in ["adamw", "sgd", "nesterov"] {
      let whole = Self.optimiser(name, count: 9).optimiser
      var expected = [Float](repeating: 1, count: 9)
      run(whole, &expected, steps: 0..<8)
      let (first, second) = (
        Self.optimiser(name, count: 9).optimiser, Self.optimiser(name, count: 9).optimiser
      )
      var values = [Float](repeating: 1, count: 9)
      run(first, &values, steps: 0..<3)
      second.memory = first.memory
      second.steps = first.steps
      run(second, &values, steps: 3..<8)
      #expect(values == expected)
    }
  }

  @Test("rates are those of PyTorch's schedulers")
  func schedules() throws {
    let golden = try LearningGoldens.recorded.get().schedules
    let oneCycle = LearningRateSchedule.oneCycle(warmup: 0.3)
    let cosine = LearningRateSchedule.cosine(warmup: 0.1, start: 0.01, end: 0.02)
    for step in 0..<golden.total {
      #expect(abs(oneCycle.factor(at: step, of: golden.total) - golden.oneCycle[step]) < 1e-9, "\(step)")
      #expect(abs(cosine.factor(at: step, of: golden.total) - golden.cosine[step]) < 1e-9, "\(step)")
    }
  }

  @Test("the average of weights is PyTorch's, its retention warming up")
  func average() throws {
    let golden = try LearningGoldens.recorded.get().average
    let rows = stride(from: 0, to: golden.values.count, by: golden.count).map {
      Array(golden.values[$0..<$0 + golden.count])
    }
    let average = rows[0].withUnsafeBufferPointer { WeightAverage(of: $0, retention: golden.retention) }
    for row in rows.dropFirst() { row.withUnsafeBufferPointer(average.update) }
    let difference = worstDifference(average.averages, golden.result, within: 8 * 3 * .ulpOfOne)
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test("gradients over the limit are scaled to it, and those below it are left alone")
  func clipping() {
    #expect(GradientNorm.scale(of: 0.5, limit: 1) == 1 && GradientNorm.scale(of: 7, limit: nil) == 1)
    #expect(abs(GradientNorm.scale(of: 4, limit: 1) - 0.25) < 1e-6)
  }

  static func optimiser(_ name: String, count: Int) -> (optimiser: any Optimiser, rate: Double) {
    switch name {
    case "adamw": (AdamW(count: count, decay: 0.05, beta2: 0.99), 0.01)
    default: (MomentumDescent(count: count, decay: 0.01, isNesterov: name == "nesterov"), 0.05)
    }
  }
}
