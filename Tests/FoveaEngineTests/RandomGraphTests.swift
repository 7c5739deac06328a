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

@Suite struct RandomStreamTests {
  @Test(
    "Rows that arrive one by one give the bits of the whole image, whatever is computed twice",
    arguments: 0..<120)
  func stream(seed: Int) throws {
    let random = RandomGraph(seed: 1000 + seed, operations: 6 + seed % 12)
    guard random.input.batch == 1 else { return }
    try compare(random.builder.graph(), random.input, random.outputs, "seed \(seed)")
  }

  @Test("the image itself is added to what convolutions make of it, far behind its last row")
  func residual() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 4)
    var y = x
    for layer in 0..<5 { y = builder.root[layer].convolution(y, outputs: 4, kernel: 3) }
    let sum = builder.root["add"].add(y, x)
    try compare(builder.graph(), Shape(height: 300, width: 9, channels: 4), [sum], "residual")
  }

  @Test("a table of positions that stands before the image's first reader")
  func positions() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 4)
    let table = builder.root.positionTable("table", rows: 3, columns: 2, like: x, .bicubic)
    let y = builder.root["a"].convolution(builder.root.add(x, table), outputs: 8, kernel: 3)
    try compare(builder.graph(), Shape(height: 70, width: 9, channels: 4), [y], "positions")
  }

  @Test("an attention that reads a map twice")
  func twice() throws {
    let builder = GraphBuilder()
    let root = builder.root
    let qkv = root["qkv"].linear(
      root["a"].convolution(builder.input(channels: 4), outputs: 8, kernel: 3), outputs: 24)
    let y = root.interleavedLinearAttention([qkv, qkv], headDimension: 4, featureMap: .relu, epsilon: 0.5)
    try compare(builder.graph(), Shape(height: 40, width: 30, channels: 4), [y], "twice")
  }

  @Test("a linear attention right behind the image")
  func attention() throws {
    let builder = GraphBuilder()
    let qkv = builder.root["qkv"].linear(builder.input(channels: 4), outputs: 24)
    let y = builder.root.interleavedLinearAttention([qkv], headDimension: 4, featureMap: .relu, epsilon: 0.5)
    try compare(builder.graph(), Shape(height: 40, width: 30, channels: 4), [y, qkv], "attention")
    try compare(builder.graph(), Shape(height: 40, width: 30, channels: 4), [y], "attention alone")
  }

  @Test("a head that narrows its finer maps when the coarser ones are there", arguments: [1, 2])
  func head(stride: Int) throws {
    let builder = GraphBuilder()
    let root = builder.root
    let image = builder.input(channels: 3)
    var stages = [root["stem"].convolution(image, outputs: 12, kernel: 3, stride: 2)]
    for stage in 1...3 {
      let wide = root[stage]["a"].convolution(stages[stage - 1], outputs: 24)
      let local = root[stage]["b"].convolution(
        wide, outputs: 24, kernel: 3, stride: stage == 2 ? stride : 2, groups: 24)
      stages.append(root[stage]["c"].convolution(local, outputs: 12 + 4 * stage))
    }
    let projected = stages.enumerated().reversed().map { index, stage in
      root.resize(root["head"][index].convolution(stage, outputs: 6), like: stages[0], .bicubic)
    }
    let sum = projected.dropFirst().reduce(projected[0]) { root.add($0, $1) }
    let classes = root["classes"].convolution(sum, outputs: 5)
    for shape in [map(211, 70, 3), map(67, 133, 3)] {
      try compare(builder.graph(), shape, [classes], "head on \(shape)")
      try compare(builder.graph(), shape, [classes, stages[1]], "head and a stage on \(shape)")
    }
  }

  @Test("an attention of what another attention gives, where both are computed twice")
  func chainedAttentions() throws {
    let builder = GraphBuilder()
    let root = builder.root
    func attended(_ x: Value, _ scope: Scope) -> Value {
      let qkv = scope["qkv"].linear(x, outputs: 24)
      return scope.interleavedLinearAttention([qkv], headDimension: 4, featureMap: .relu, epsilon: 0.5)
    }
    let stem = root["stem"].convolution(builder.input(channels: 4), outputs: 8, kernel: 3)
    let y = attended(attended(stem, root["first"]), root["second"])
    try compare(builder.graph(), Shape(height: 40, width: 30, channels: 4), [y], "two attentions")
  }

  @Test("an attention of which only the queries are computed row by row")
  func queriesAlone() throws {
    let builder = GraphBuilder()
    let root = builder.root
    let stem = root["stem"].convolution(builder.input(channels: 4), outputs: 8, kernel: 3)
    let keys = root.tokens(stem, from: 1, count: nil)
    let y = root.linearAttention(
      query: root["q"].linear(stem, outputs: 8), key: keys, value: keys, headDimension: 4,
      featureMap: .eluPlusOne, epsilon: 0.1, averagesKeys: true)
    try compare(builder.graph(), Shape(height: 40, width: 30, channels: 4), [y], "queries alone")
  }

  private func compare(_ graph: Graph, _ shape: Shape, _ outputs: [Value], _ name: String) throws {
    try Self.compare(graph, shape, outputs, name)
  }

  /// Expects the bits of the whole image from rows that arrive one by one, with dead memory poisoned.
  static func compare(_ graph: Graph, _ shape: Shape, _ outputs: [Value], _ name: String) throws {
    let image = FeatureMap(random: shape)
    let parameters = SeededParameters()
    let whole = try Engine(graph: graph, parameters: parameters).run([image], outputs: outputs)
    for (threads, largeMap) in [(1, 1), (2, 1), (3, 4096), (2, 1 << 30)] {
      var options = EngineOptions(threads: threads)
      options.largeMap = largeMap
      options.poisonsMemory = true
      let streamed = try Engine(graph: graph, parameters: parameters, options: options).run(
        image: shape,
        rows: { row, target in
          for index in 0..<target.count { target[index] = image.values[row * target.count + index] }
        }, outputs: outputs, body: { $0.map { $0.copy() } })
      for (index, (one, other)) in zip(whole, streamed).enumerated() {
        #expect(
          one.values.map(\.bitPattern) == other.values.map(\.bitPattern),
          "\(name), output \(index), \(threads) threads, maps over \(largeMap) bytes computed again")
      }
    }
  }
}
