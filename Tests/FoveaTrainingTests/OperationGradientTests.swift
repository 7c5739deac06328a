import FoveaEngine
import FoveaGraph
import FoveaTraining
import Testing

@Suite struct OperationGradientTests {
  /// Of the slope, 2⁻¹⁷ may be lost where float32 maps are told apart, times the root of the elements summed; of
  /// the gradient as much as of a short model's. Both stay within 2e-3 of the gradient's norm, which is what a
  /// random direction of ±1 sees of it.
  private func expectSlopes(_ given: GradientCase, isFrozen: Bool = false) throws {
    let graph = given.graph
    let input = given.input
    let store = try ParameterStore(graph: graph, values: SeededParameters())
    let network = try TrainingNetwork(
      graph: graph, output: "logits", parameters: store, inputs: [given.shape],
      options: TrainingOptions(isFrozen: { isFrozen && $0.isStatistic }))
    let logits = network.logits(input)
    let expected = try graph.referenceLogits(input, SeededParameters(), isFrozen: isFrozen)
    let distance = Distance(logits.values, expected.values)
    #expect(distance.difference <= 1e-5 * max(1, distance.largest), "\(given.name), output: \(distance)")

    let gradient = FeatureMap(random: network.outputShape, seed: 6)
    network.propagate(gradient)
    let slopes = Slopes(
      graph: graph, input: input, source: SeededParameters(), gradient: gradient, isFrozen: isFrozen)
    for entry in store.entries where !entry.isStatistic {
      let gradients = Array(store.gradients[entry.range])
      let norm = gradients.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
      for seed in 1...3 {
        var generator = SeededGenerator(UInt64(seed))
        let direction = gradients.map { _ in generator.uniform() > 0 ? Float(1) : -1 }
        let slope = try slopes.slope(of: entry.parameter, along: direction)
        let own = zip(gradients, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) }
        #expect(
          abs(own - slope) <= 2e-3 * max(norm, 0.05),
          "\(given.name), \(entry.parameter.path): \(own), not \(slope); the norm is \(norm)")
      }
    }
    let moments = try BatchMoments(graph: graph, input: input, source: SeededParameters())
    for entry in store.entries where entry.isStatistic {
      let statistics = try store.values(of: entry.parameter)
      let old = SeededParameters().values(of: entry.parameter)
      let distance = Distance(statistics, isFrozen ? old : moments.statistics[entry.parameter.path] ?? [])
      #expect(
        distance.difference <= 1e-5 * max(1, distance.largest),
        "\(given.name), \(entry.parameter.path): \(distance)")
    }
  }

  @Test(arguments: operationCases)
  func gradientsAreTheSlopesOfTheReference(_ given: GradientCase) throws {
    try expectSlopes(given)
  }

  @Test(arguments: normCases)
  func gradientsPassThroughTheMomentsOfTheBatch(_ given: GradientCase) throws {
    try expectSlopes(given)
  }

  @Test(arguments: normCases)
  func frozenStatisticsNormaliseAndStay(_ given: GradientCase) throws {
    try expectSlopes(given, isFrozen: true)
  }

  /// The largest step moves a table by 2 · 2⁻⁷ of its size, and what a batch norm gives by little more.
  @Test(arguments: kinkedCases)
  func gradientsAreTheSlopesBesideAKink(_ given: GradientCase) throws {
    let moments = try BatchMoments(graph: given.graph, input: given.input, source: SeededParameters())
    let distance = try given.distanceToKinks(moments)
    #expect(distance > 0.05 && distance < .infinity, "\(given.name): \(distance)")
    try expectSlopes(given)
  }

  /// Maps are rounded to 2⁻⁹ of each element, at some ten places of such a graph: about 1 percent of the norm.
  @Test(arguments: operationCases + normCases + kinkedCases)
  func bfloat16GradientsPointTheSameWay(_ given: GradientCase) throws {
    let gradients = try Precision.allCases.map { precision in
      let store = try ParameterStore(graph: given.graph, values: SeededParameters())
      let network = try TrainingNetwork(
        graph: given.graph, output: "logits", parameters: store, inputs: [given.shape],
        options: TrainingOptions(precision: precision))
      _ = network.logits(given.input)
      network.propagate(FeatureMap(random: network.outputShape, seed: 6))
      return Array(store.gradients)
    }
    let agreement = Agreement(gradients[1], gradients[0])
    #expect(agreement.cosine > 0.999 && abs(agreement.ratio - 1) < 0.03, "\(given.name): \(agreement)")
  }
}
