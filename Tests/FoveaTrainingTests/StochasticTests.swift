import FoveaEngine
import FoveaGraph
import FoveaTraining
import Testing

/// Three residual branches and a head, over one pixel an image, so that a sample's way can be told.
private let graph: Graph = {
  let builder = GraphBuilder()
  var x = builder.root["stem"].linear(builder.input(channels: 3), outputs: 8)
  for block in 0..<3 { x = builder.root.add(x, builder.root[block].linear(x, outputs: 8)) }
  builder.name(builder.root["head"].linear(x, outputs: 4), "logits")
  return builder.graph()
}()

private let input = FeatureMap(random: Shape(batch: 64, height: 1, width: 1, channels: 3), seed: 3)

private func network(_ options: TrainingOptions) throws -> TrainingNetwork {
  try TrainingNetwork(
    graph: graph, output: "logits", parameters: ParameterStore(graph: graph, values: SeededParameters()),
    input: input.shape, options: options)
}

@Suite struct StochasticTests {
  @Test func gradientsAreTheSlopesOfTheSameStepsAnswers() throws {
    let network = try network(TrainingOptions(dropPath: 0.6, dropout: 0.3, seed: 9))
    let store = network.parameters
    let gradient = FeatureMap(random: network.outputShape, seed: 6)
    let loss = {
      zip(network.logits(input, step: 7).values, gradient.values)
        .reduce(0) { $0 + Double($1.0) * Double($1.1) }
    }
    _ = loss()
    network.propagate(gradient)
    for entry in store.entries {
      let gradients = store.gradients[entry.range].map(Double.init)
      let values = Array(store.values[entry.range])
      // The answers are linear in each parameter, so that a large difference loses nothing.
      var slope = 0.0
      for (sign, weight) in [(Float(1), 0.5), (-1, -0.5)] {
        for (index, value) in zip(entry.range, values) { store.values[index] = value + sign }
        slope += weight * loss()
      }
      for (index, value) in zip(entry.range, values) { store.values[index] = value }
      let sum = gradients.reduce(0, +)
      let size = gradients.reduce(0) { $0 + abs($1) }
      #expect(abs(sum - slope) <= 1e-4 * max(size, 1), "\(entry.parameter.path): \(sum), not \(slope)")
    }
  }

  @Test func samplesSkipBranchesAsOftenAsTheRateSays() throws {
    let whole = try network(TrainingOptions()).logits(input)
    let dropping = try network(TrainingOptions(dropPath: 0.5))
    var changed = 0
    for step in 0..<20 {
      let logits = dropping.logits(input, step: step)
      changed += (0..<64).filter { logits.values[4 * $0] != whole.values[4 * $0] }.count
      #expect(logits.isIdentical(to: dropping.logits(input, step: step)), "step \(step)")
    }
    // A sample is as it was only where no branch rescales it, which rates of 1/4 and 1/2 never leave out.
    #expect(changed == 20 * 64)
    let asked = dropping.logits(input, isTraining: false)
    #expect(asked.isIdentical(to: whole))
  }

  @Test func dropoutKeepsTheMeanOfTheLogits() throws {
    let whole = try network(TrainingOptions()).logits(input)
    let dropping = try network(TrainingOptions(dropout: 0.4))
    var sums = [Double](repeating: 0, count: whole.values.count)
    let steps = 400
    for step in 0..<steps {
      for (index, value) in dropping.logits(input, step: step).values.enumerated() {
        sums[index] += Double(value)
      }
    }
    // The mean of 400 sums of 8 terms, each off by its own size times √(0.4 / 0.6): 5 deviations.
    let largest = Double(whole.values.map(abs).max() ?? 0)
    for (sum, value) in zip(sums, whole.values) {
      #expect(abs(sum / Double(steps) - Double(value)) < 5 * 0.82 * largest * 3 / Double(steps).squareRoot())
    }
  }
}

extension FeatureMap {
  fileprivate func isIdentical(to other: FeatureMap) -> Bool {
    values.map(\.bitPattern) == other.values.map(\.bitPattern)
  }
}
