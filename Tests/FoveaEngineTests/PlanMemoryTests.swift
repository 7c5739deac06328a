import FoveaEngine
import FoveaGraph
import Testing

@Suite struct PlanMemoryTests {
  /// Three layers that run one after the other, of which the last adds the first's map.
  private func network() -> (graph: Graph, output: Value) {
    let builder = GraphBuilder()
    let root = builder.root
    let first = root["first"].convolution(builder.input(channels: 4), outputs: 8, kernel: 3)
    let second = root["second"].convolution(first, outputs: 8, kernel: 3)
    let third = root["third"].convolution(second, outputs: 8, kernel: 3)
    let output = root["sum"].multiply(third, first)
    return (builder.graph(), output)
  }

  private func run(unseen: Set<String>, poisons: Bool = true) throws -> FeatureMap {
    let (graph, output) = network()
    var options = EngineOptions(threads: 2, fusesOperations: false)
    options.poisonsMemory = poisons
    options.unseenReads = unseen
    let engine = try Engine(graph: graph, parameters: SeededParameters(), options: options)
    return try engine.run([FeatureMap(random: map(20, 30, 4))], outputs: [output])[0]
  }

  @Test("Memory that no step declares to need may be filled with anything")
  func poison() throws {
    let clean = try run(unseen: [], poisons: false)
    #expect(try run(unseen: []).isIdentical(to: clean))
  }

  @Test("A step that reads a map without declaring it reads what is no number", arguments: ["sum", "third"])
  func undeclared(path: String) throws {
    let result = try run(unseen: [path])
    #expect(result.values.allSatisfy { $0.isNaN }, "\(path)'s reads were not missed")
  }
}
