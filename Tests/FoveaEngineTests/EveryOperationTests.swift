import FoveaEngine
import FoveaGraph
import Testing

@Suite struct EveryOperationTests {
  static let seeds = 0..<80

  private func graph(_ seed: Int) -> EveryOperationGraph {
    EveryOperationGraph(seed: seed, operations: 6 + seed % 12, inputs: 1 + seed % 3)
  }

  @Test("The graphs are drawn from all operations")
  func kinds() {
    let drawn = Self.seeds.reduce(into: Set<OperationKind>()) { $0.formUnion(graph($1).kinds) }
    #expect(drawn == Set(OperationKind.allCases))
  }

  @Test("Any operations over any operands are the reference's, fused and not, at any cache", arguments: seeds)
  func reference(seed: Int) throws {
    let random = graph(seed)
    let maps = random.inputs.enumerated().map { FeatureMap(random: $1, seed: UInt64($0 + 1)) }
    let expectation = try Expectation(graph: random.builder.graph(), maps: maps, outputs: random.outputs)
    for (fuses, budget) in [(true, nil), (true, 2048), (false, nil)] as [(Bool, Int?)] {
      try expectation.check(
        floatInstructionSets[0], fuses: fuses, threads: [1], budget: budget, "seed \(seed)")
      try expectation.check(
        floatInstructionSets[floatInstructionSets.count - 1], fuses: fuses, threads: [1, 2], budget: budget,
        "seed \(seed)")
    }
  }

  @Test("Any operations over rows that arrive one by one give the bits of the whole image", arguments: 0..<90)
  func streams(seed: Int) throws {
    let random = EveryOperationGraph(seed: 500 + seed, operations: 5 + seed % 14, inputs: 1)
    try RandomStreamTests.compare(
      random.builder.graph(), random.inputs[0], random.outputs, "seed \(seed)")
  }
}
