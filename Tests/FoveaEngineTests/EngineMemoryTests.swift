import FoveaEngine
import FoveaGraph
import Synchronization
import Testing

@Suite struct EngineMemoryTests {
  @Test(
    "Regions that live at the same step do not overlap, and none of the arena is in vain", arguments: 0..<50)
  func arena(seed: Int) {
    var generator = SeededGenerator(seed: UInt64(seed))
    var regions = (0..<40).map { _ in
      let first = Int.random(in: -1..<30, using: &generator)
      return Region(
        byteCount: Int.random(in: 0..<5000, using: &generator), firstStep: first,
        lastStep: first + Int.random(in: 0..<8, using: &generator))
    }
    let total = ArenaPlanner.assign(&regions)
    for (index, a) in regions.enumerated() {
      #expect(a.offset.isMultiple(of: 64) && a.offset + a.byteCount <= total)
      for b in regions[(index + 1)...] where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
        #expect(a.offset + a.byteCount <= b.offset || b.offset + b.byteCount <= a.offset, "\(a) and \(b)")
      }
    }
    #expect(total <= regions.map { ($0.byteCount + 63) / 64 * 64 }.reduce(0, +))
    let alive = (-1..<40).map { step in
      regions.filter { $0.firstStep <= step && step <= $0.lastStep }.map(\.byteCount).reduce(0, +)
    }
    #expect(total >= alive.max() ?? 0)
  }

  /// Two strided layers, an attention and a head: maps of many sizes.
  static func network() -> (graph: Graph, output: Value) {
    let builder = GraphBuilder()
    let root = builder.root
    let x = builder.input(channels: 3)
    let a = root.activation(
      root["a"].convolution(x, outputs: 16, kernel: 3, stride: 2, bias: true), .hardswish)
    let b = root["b"].convolution(a, outputs: 24, kernel: 3, stride: 2)
    let attention = root.interleavedLinearAttention([b], headDimension: 8, featureMap: .relu, epsilon: 0.5)
    let up = root.resize(root["c"].convolution(attention, outputs: 5), like: x, .bilinear)
    return (builder.graph(), up)
  }

  @Test("An engine alternates between sizes and outputs, each time the same bits")
  func alternatingSizes() throws {
    let (graph, output) = Self.network()
    let engine = try Engine(graph: graph, parameters: SeededParameters(), options: EngineOptions(threads: 2))
    let maps = [map(64, 48, 3), map(33, 95, 3), map(8, 8, 3, images: 3)].map { FeatureMap(random: $0) }
    let first = try maps.map {
      try Engine(graph: graph, parameters: SeededParameters()).run([$0], outputs: [output])
    }
    for _ in 0..<3 {
      for (map, expected) in zip(maps, first) {
        let middle = Value(index: 1, channels: 16)
        for outputs in [[output], [output, middle]] {
          let result = try engine.run([map], outputs: outputs)[0]
          #expect(result.isIdentical(to: expected[0]))
        }
      }
    }
  }

  @Test("Results do not depend on what memory held before")
  func dirtyMemory() throws {
    let (graph, output) = Self.network()
    let engine = try Engine(graph: graph, parameters: SeededParameters(), options: EngineOptions(threads: 2))
    let shape = map(37, 41, 3)
    let clean = try engine.run([FeatureMap(random: shape)], outputs: [output])[0]
    let poison = FeatureMap(shape: shape, values: [Float](repeating: .nan, count: shape.elements))
    let poisoned = try engine.run([poison], outputs: [output])[0]
    #expect(poisoned.values.contains { $0.isNaN })
    let again = try engine.run([FeatureMap(random: shape)], outputs: [output])[0]
    #expect(again.isIdentical(to: clean))
  }

  /// Parameters that count how often each was asked for.
  private final class CountedParameters: ParameterSource {
    let counts = Mutex<[String: Int]>([:])

    func values(of parameter: Parameter) -> [Float] {
      counts.withLock { $0[parameter.path, default: 0] += 1 }
      return SeededParameters().values(of: parameter)
    }

    var readings: [String: Int] { counts.withLock { $0 } }
  }

  /// A map with a position table of its size added, then a layer.
  private func positioned() -> (graph: Graph, output: Value) {
    let builder = GraphBuilder()
    let x = builder.input(channels: 64)
    let table = builder.root.positionTable("position", rows: 4, columns: 4, like: x, .bilinear)
    let y = builder.root["a"].convolution(builder.root.add(x, table), outputs: 8, kernel: 3)
    return (builder.graph(), y)
  }

  @Test(
    "What is kept for other sizes stays below the limit of bytes; answers are the same bits",
    arguments: [1, 3, 6])
  func keptSizes(tables: Int) throws {
    let (graph, output) = positioned()
    let shapes = (0..<17).map { map(64, 48 + 4 * $0, 64) }
    let options = EngineOptions(threads: 2)
    let free = try Engine(graph: graph, parameters: SeededParameters(), options: options)
    let expected = try shapes.map { try free.run([FeatureMap(random: $0)], outputs: [output])[0] }
    // a table has the size of its map
    let kept = shapes.dropFirst().map { $0.elements * 4 }.reduce(0, +)
    #expect(free.residentBytes >= kept && free.residentBytes < kept + kept / 4)

    let largest = try free.peakMemory(inputs: [shapes[16]], outputs: [output])
    var limited = options
    limited.memoryLimit = largest + tables * shapes[16].elements * 4
    let engine = try Engine(graph: graph, parameters: SeededParameters(), options: limited)
    for _ in 0..<2 {
      for (shape, expected) in zip(shapes, expected) {
        #expect(try engine.run([FeatureMap(random: shape)], outputs: [output])[0].isIdentical(to: expected))
        #expect(engine.residentBytes <= limited.memoryLimit)
      }
    }
    // the limit is made use of
    #expect(engine.residentBytes > tables * shapes[0].elements * 4)
  }

  @Test("Sizes that fit together are planned once; a run over the limit is made, and nothing of it kept")
  func plannedOnce() throws {
    let (graph, output) = positioned()
    let (small, large) = (map(64, 48, 64), map(256, 192, 64))
    let parameters = CountedParameters()
    var options = EngineOptions(threads: 2)
    options.memoryLimit = 8 * small.elements * 4
    let engine = try Engine(graph: graph, parameters: parameters, options: options)
    for _ in 0..<4 {
      for width in [48, 52] {
        _ = try engine.run([FeatureMap(random: map(64, width, 64))], outputs: [output])
      }
    }
    #expect(parameters.readings["position"] == 2 && parameters.readings["a.weight"] == 1)
    let free = try Engine(graph: graph, parameters: SeededParameters(), options: EngineOptions(threads: 2))
    let expected = try free.run([FeatureMap(random: large)], outputs: [output])[0]
    #expect(try engine.run([FeatureMap(random: large)], outputs: [output])[0].isIdentical(to: expected))
    _ = try engine.run([FeatureMap(random: small)], outputs: [output])
    #expect(engine.residentBytes <= options.memoryLimit)
    #expect(parameters.readings["a.weight"] == 1)
  }

  @Test("Peak memory is known before running, grows with the map and not with the depth")
  func peakMemory() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 32)
    var y = x
    for index in 0..<20 { y = builder.root[index].convolution(y, outputs: 32, kernel: 3) }
    let options = EngineOptions(threads: 1, fusesOperations: false)
    let engine = try Engine(graph: builder.graph(), parameters: SeededParameters(), options: options)
    let bytes = 128 * 128 * 32 * 4
    let peak = try engine.peakMemory(inputs: [map(128, 128, 32)], outputs: [y])
    // The map that is read and the map that is written; beside them only some rows of scratch.
    #expect(peak >= 2 * bytes && peak < 2 * bytes + bytes / 4)
  }
}
