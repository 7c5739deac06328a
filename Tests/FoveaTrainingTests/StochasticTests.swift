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
    inputs: [input.shape], options: options)
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
    let parameters = dropping.parameters
    // The logits of a sample whose branches count so much each.
    func logits(_ sample: Int, _ weights: [Double]) throws -> [Double] {
      var x = try parameters.linear("stem", input.values[3 * sample..<3 * sample + 3].map(Double.init))
      for (block, weight) in weights.enumerated() {
        x = zip(x, try parameters.linear("\(block)", x)).map { $0 + weight * $1 }
      }
      return try parameters.linear("head", x)
    }
    // Rates grow evenly to 1/2: the first branch stays, the others count 4/3 and 2 where they do.
    let ways: [(Double, Double)] = [(4.0 / 3, 2), (0, 2), (4.0 / 3, 0), (0, 0)]
    var counts = [0, 0, 0, 0]
    for step in 0..<20 {
      let answer = dropping.logits(input, step: step)
      #expect(answer.isIdentical(to: dropping.logits(input, step: step)), "step \(step)")
      for sample in 0..<64 {
        let own = answer.values[4 * sample..<4 * sample + 4].map(Double.init)
        let errors = try ways.map { way in
          zip(own, try logits(sample, [1, way.0, way.1])).map { abs($0 - $1) }.max() ?? 0
        }
        let least = errors.min() ?? 1
        #expect(least < 1e-4, "step \(step), sample \(sample): \(errors)")
        counts[errors.firstIndex(of: least) ?? 0] += 1
      }
    }
    // Of 1280 draws, five deviations: √(p (1 − p) / 1280).
    #expect(abs(Double(counts[1] + counts[3]) / 1280 - 0.25) < 0.061, "\(counts)")
    #expect(abs(Double(counts[2] + counts[3]) / 1280 - 0.5) < 0.07, "\(counts)")
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
    // Each term wx of a logit is off by its own size times √(0.4 / 0.6): five deviations of the mean of 400.
    let weights = try dropping.parameters.values(of: dropping.parameters.parameter("head.weight"))
    for sample in 0..<64 {
      var x = try dropping.parameters.linear(
        "stem", input.values[3 * sample..<3 * sample + 3].map(Double.init))
      for block in 0..<3 { x = zip(x, try dropping.parameters.linear("\(block)", x)).map { $0 + $1 } }
      for logit in 0..<4 {
        let terms = zip(weights[8 * logit..<8 * logit + 8], x).map { Double($0) * $1 }
        let deviation = (terms.reduce(0) { $0 + $1 * $1 } * 0.4 / 0.6 / Double(steps)).squareRoot()
        let mean = sums[4 * sample + logit] / Double(steps)
        #expect(abs(mean - Double(whole.values[4 * sample + logit])) < 5 * deviation, "\(sample), \(logit)")
      }
    }
  }
}

extension ParameterStore {
  fileprivate func parameter(_ path: String) throws -> Parameter {
    try #require(entry(of: path)).parameter
  }

  /// W x + b of a layer, in double precision.
  fileprivate func linear(_ path: String, _ x: [Double]) throws -> [Double] {
    let weights = try values(of: parameter("\(path).weight"))
    return try values(of: parameter("\(path).bias")).enumerated().map { row, bias in
      zip(weights[row * x.count..<(row + 1) * x.count], x).reduce(Double(bias)) { $0 + Double($1.0) * $1.1 }
    }
  }
}

extension FeatureMap {
  fileprivate func isIdentical(to other: FeatureMap) -> Bool {
    values.map(\.bitPattern) == other.values.map(\.bitPattern)
  }
}
