import Foundation
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

  /// A line of a plan: a stretch of the arena, and the steps between which it lives.
  private struct Place: Decodable {
    var bytes: Int, offset: Int, first: Int, last: Int
    var end: Int { offset + bytes }
  }

  @Test func whatLivesAtOnceSharesNoMemory() throws {
    let builder = GraphBuilder()
    let root = builder.root
    let x = root["norm"].batchNorm(
      root["a"].convolution(builder.input(channels: 3), outputs: 8, kernel: 3), epsilon: 0.1)
    let y = root.add(x, root["b"].linear(root.activation(x, .gelu), outputs: 8))
    builder.name(root["head"].linear(root.globalAverage(y), outputs: 4), "logits")
    let graph = builder.graph()
    let network = try TrainingNetwork(
      graph: graph, output: "logits", parameters: ParameterStore(graph: graph, values: SeededParameters()),
      inputs: [Shape(batch: 2, height: 8, width: 9, channels: 3)], options: TrainingOptions(threads: 2))
    let lines = network.planLines
    let units = try JSONDecoder().decode([String: Int].self, from: Data(lines[0].utf8))["units"] ?? 0
    #expect(units >= 6)
    let places = try lines.dropFirst().map { try JSONDecoder().decode(Place.self, from: Data($0.utf8)) }
    for (index, a) in places.enumerated() {
      #expect(a.first >= 0 && a.first <= a.last && a.last <= 2 * units)
      for b in places.dropFirst(index + 1) where a.first <= b.last && b.first <= a.last {
        #expect(a.end <= b.offset || b.end <= a.offset, "\(a) and \(b)")
      }
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
