import FoveaEngine
import FoveaGraph
import FoveaTraining
import Testing

@Suite struct MemoryTests {
  private func network(batch: Int, limit: Int = .max) throws -> TrainingNetwork {
    let builder = GraphBuilder()
    builder.name(builder.root["head"].linear(builder.input(channels: 3), outputs: 4), "logits")
    let graph = builder.graph()
    var options = TrainingOptions(threads: 2)
    options.memoryLimit = limit
    return try TrainingNetwork(
      graph: graph, output: "logits", parameters: ParameterStore(graph: graph, values: SeededParameters()),
      inputs: [Shape(batch: batch, height: 1, width: 1, channels: 3)], options: options)
  }

  @Test func aLimitIsKeptToTheByte() throws {
    let needed = try network(batch: 64).byteCount
    #expect(try network(batch: 64, limit: needed).byteCount == needed)
    #expect(throws: EngineError.overMemoryLimit(bytes: needed, limit: needed - 1)) {
      try network(batch: 64, limit: needed - 1)
    }
  }

  @Test func whatIsOverTheLimitIsNeverAskedFor() {
    // terabytes, which the system would refuse first
    let error = #expect(throws: EngineError.self) { try network(batch: 1 << 36, limit: 1 << 30) }
    guard case .overMemoryLimit(let bytes, limit: 1 << 30) = error else {
      Issue.record("\(String(describing: error))")
      return
    }
    #expect(bytes > 1 << 36)
  }
}
