import FoveaEngine
import FoveaGraph
import Testing

@Suite struct RandomGraphTests {
  @Test("A random graph is the reference's, fused and not, at any cache", arguments: 0..<60)
  func graph(seed: Int) throws {
    let random = RandomGraph(seed: seed)
    try #require(random.builder.graph().nodes.count > 20)
    let expectation = try Expectation(
      graph: random.builder.graph(), maps: [FeatureMap(random: random.input)], outputs: random.outputs)
    for set in floatInstructionSets {
      for (fuses, budget) in [(true, nil), (true, 2048), (false, nil)] as [(Bool, Int?)] {
        try expectation.check(set, fuses: fuses, threads: [1, 3], budget: budget, "seed \(seed)")
      }
    }
  }
}
