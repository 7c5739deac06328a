import FoveaEngine
import FoveaGraph
import Foundation
import Testing

@Suite struct PlanPassTests {
  private func engine(_ graph: Graph, threads: Int = 1, fuses: Bool = true) throws -> Engine {
    var options = EngineOptions(threads: threads, fusesOperations: fuses)
    options.stripBudget = 1 << 20
    return try Engine(graph: graph, parameters: SeededParameters(), options: options)
  }

  /// A convolution with its norm and function, a linear layer, and the sum with the input.
  private func block() -> (graph: Graph, output: Value) {
    let builder = GraphBuilder()
    let root = builder.root
    let x = builder.input(channels: 4)
    let y = root["norm"].batchNorm(root["conv"].convolution(x, outputs: 8, kernel: 3), epsilon: 0.1)
    let z = root["proj"].linear(root.activation(y, .relu), outputs: 4)
    let output = root.add(x, z)
    return (builder.graph(), output)
  }

  private func text(_ pass: PlanPass, _ graph: Graph, _ output: Value) throws -> [String] {
    try engine(graph).lines(of: pass, inputs: [map(64, 48, 4)], outputs: [output]).map(\.text)
  }

  @Test("The first pass folds a norm, a function and a sum into what they follow")
  func lowering() throws {
    let (graph, output) = block()
    #expect(
      try text(.lower, graph, output) == [
        "0 Input x (nothing → m0 1×64×48×4) whole",
        "1 Convolution conv (m0 1×64×48×4 + norm + relu → m3 1×64×48×8) rows, halo 2",
        "2 Convolution proj (m3 1×64×48×8 + m0 1×64×48×4 → m5 1×64×48×4) pixel",
      ])
  }

  @Test("The first pass resolves slices and grids into who reads them, and names an attention's operands")
  func operands() throws {
    let builder = GraphBuilder()
    let root = builder.root
    let parts = root.split(root["qkv"].linear(builder.input(channels: 4), outputs: 24), parts: 3)
    let attention = root["attention"].linearAttention(
      query: parts[0], key: parts[1], value: parts[2], normaliserQuery: parts[1], normaliserKey: parts[0],
      headDimension: 8, featureMap: .identity, epsilon: 1, averagesKeys: false)
    let output = root["head"].linear(root.sequence(attention), outputs: 2)
    #expect(
      try text(.lower, builder.graph(), output).dropFirst() == [
        "1 Convolution qkv (m0 1×64×48×4 → m1 1×64×48×24) pixel",
        "2 LinearAttention attention (q m1 1×64×48×8, k m1[8…] 1×64×48×8, v m1[16…] 1×64×48×8, "
          + "normalizer's q m1[8…] 1×64×48×8, k m1 1×64×48×8 → m5 1×64×48×8) pixel",
        "3 Convolution head (m5 1×1×3072×8 → m7 1×1×3072×2) pixel",
      ])
  }

  @Test("The second pass puts together what runs strip by strip")
  func scheduling() throws {
    let (graph, output) = block()
    #expect(
      try text(.schedule, graph, output) == [
        "0 whole of 1: Input x", "1 strips of 2: Convolution conv, Convolution proj",
      ])
  }

  @Test("The third pass gives every map that two steps see a region that lives between them")
  func layout() throws {
    let (graph, output) = block()
    let lines = try text(.layout, graph, output)
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("0 strip conv, proj: r0 → r1 1×64×48×4"), "\(lines[0])")
    #expect(lines[1] == "r0 49152 bytes, the caller's, steps -1…0")
    #expect(lines[2] == "r1 49152 bytes, at 0, steps 0…1")
  }

  struct Line: Decodable {
    var step: Int?, reads: [Int]?, writes: [Int]?
    var region: Int?, bytes: Int?, offset: Int?, first: Int?, last: Int?
    var isConstant: Bool?, isBorrowed: Bool?
  }

  @Test(
    "A region lives while steps that name it run, and shares its memory with none that lives then",
    arguments: 0..<40)
  func lives(seed: Int) throws {
    let random = EveryOperationGraph(seed: seed, operations: 8, inputs: 1 + seed % 3)
    let engine = try engine(random.builder.graph(), threads: 2)
    let lines = try engine.lines(of: .layout, inputs: random.inputs, outputs: random.outputs)
      .map { try JSONDecoder().decode(Line.self, from: Data($0.json.utf8)) }
    let regions = lines.filter { $0.region != nil }
    for line in lines where line.step != nil {
      for name in (line.reads ?? []) + (line.writes ?? []) {
        let region = regions[name]
        let life = try #require(region.first)...(try #require(region.last))
        #expect(life.contains(try #require(line.step)), "step \(line) and region \(region)")
      }
    }
    // a region that was read in the caller's memory takes no room
    let own = try regions.filter { $0.isConstant == false && $0.isBorrowed == false && $0.bytes != 0 }.map {
      region in
      let start = try #require(region.offset)
      return (
        life: try #require(region.first)...(try #require(region.last)),
        place: start..<start + (try #require(region.bytes)), name: region.region
      )
    }
    for (index, a) in own.enumerated() {
      for b in own.dropFirst(index + 1) where a.life.overlaps(b.life) {
        #expect(!a.place.overlaps(b.place), "\(a) and \(b)")
      }
    }
  }

  @Test("Each pass gives the same for the same", arguments: PlanPass.allCases)
  func pure(pass: PlanPass) throws {
    let random = EveryOperationGraph(seed: 7, operations: 16, inputs: 1)
    let lines = try (0..<2).map { _ in
      try engine(random.builder.graph()).lines(of: pass, inputs: random.inputs, outputs: random.outputs)
        .map(\.json)
    }
    #expect(lines[0] == lines[1] && !lines[0].isEmpty)
  }
}
