import FoveaEngine
import FoveaGraph
import Testing

extension Scope {
  /// A convolution, its norm and a function.
  fileprivate func layer(
    _ x: Value, outputs: Int, kernel: Int = 1, stride: Int = 1, groups: Int = 1, _ function: Activation
  ) -> Value {
    let y = self["conv"].convolution(x, outputs: outputs, kernel: kernel, stride: stride, groups: groups)
    return activation(self["norm"].batchNorm(y, epsilon: 1e-5), function)
  }

  /// The inverted bottleneck, with its residual where sizes agree.
  fileprivate func bottleneck(_ x: Value, outputs: Int, stride: Int = 1, expansion: Int = 4) -> Value {
    let wide = self[0].layer(x, outputs: expansion * x.channels, .hardswish)
    let local = self[1].layer(
      wide, outputs: wide.channels, kernel: 3, stride: stride, groups: wide.channels, .hardswish)
    let y = self[2].layer(local, outputs: outputs, .identity)
    return stride == 1 && outputs == x.channels ? add(x, y) : y
  }

  /// Expansion by a whole convolution, projection, residual.
  fileprivate func fusedBottleneck(_ x: Value, outputs: Int, stride: Int = 1) -> Value {
    let wide = self[0].layer(x, outputs: 4 * x.channels, kernel: 3, stride: stride, .gelu)
    let y = self[1].layer(wide, outputs: outputs, .identity)
    return stride == 1 && outputs == x.channels ? add(y, x) : y
  }

  /// A strided stem with a depthwise separable block.
  fileprivate func stem(_ x: Value, outputs: Int) -> Value {
    let first = self[0].layer(x, outputs: outputs, kernel: 3, stride: 2, .hardswish)
    let local = self[1].layer(first, outputs: outputs, kernel: 3, groups: outputs, .hardswish)
    return add(first, self[2].layer(local, outputs: outputs, .identity))
  }

  /// A norm, two linear layers and the residual.
  fileprivate func mlp(_ x: Value) -> Value {
    let wide = self["fc1"].linear(self["norm"].layerNorm(x, epsilon: 1e-5), outputs: 4 * x.channels)
    return add(x, self["fc2"].linear(activation(wide, .gelu), outputs: x.channels))
  }

  /// EfficientViT's attention over two scales.
  fileprivate func multiScale(_ x: Value) -> Value {
    let tokens = self["qkv"].convolution(x, outputs: 3 * x.channels)
    let local = self["dw"].convolution(tokens, outputs: tokens.channels, kernel: 5, groups: tokens.channels)
    let scale = self["pw"].convolution(local, outputs: tokens.channels, groups: tokens.channels / 8)
    let attention = interleavedLinearAttention(
      [tokens, scale], headDimension: 8, featureMap: .relu, epsilon: 0.5)
    return add(x, self["proj"].layer(attention, outputs: x.channels, .identity))
  }

  /// FLatten's attention with its depthwise term.
  fileprivate func focused(_ x: Value) -> Value {
    let parts = split(
      self["qkv"].linear(self["norm"].layerNorm(x, epsilon: 1e-5), outputs: 3 * x.channels), parts: 3)
    let attention = linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: 8,
      featureMap: .focused(power: 3, offset: 1e-6, scale: parameter("scale", [x.channels])), epsilon: 1e-6,
      averagesKeys: true, depthwise: self["dwc"].sharedDepthwise(parts[2], kernel: 5, repeats: x.channels / 8)
    )
    return add(x, self["proj"].linear(attention, outputs: x.channels))
  }
}

@Suite struct EngineChainTests {
  static let shapes = [map(67, 33, 8), map(129, 70, 8), map(23, 37, 8, images: 3)]

  static let chains: [EngineCase] = shapes.flatMap { shape in
    [
      EngineCase("inverted bottleneck on \(shape)", shape) { $0.bottleneck($1[0], outputs: 8) },
      EngineCase("strided bottleneck on \(shape)", shape) { $0.bottleneck($1[0], outputs: 12, stride: 2) },
      EngineCase("bottlenecks one after the other on \(shape)", asking: shape) {
        let a = $0["a"].bottleneck($1[0], outputs: 8)
        let b = $0["b"].bottleneck(a, outputs: 12, stride: 2)
        let c = $0["c"].bottleneck(b, outputs: 12)
        return [c, a, b]
      },
      EngineCase("fused bottlenecks on \(shape)", shape) {
        $0["b"].fusedBottleneck($0["a"].fusedBottleneck($1[0], outputs: 8, stride: 2), outputs: 8)
      },
      EngineCase("stem on \(shape)", shape) { $0.stem($1[0], outputs: 12) },
      EngineCase("norm and MLP on \(shape)", shape) { $0.mlp($1[0]) },
      EngineCase("multi-scale attention and a bottleneck on \(shape)", asking: shape) {
        let x = $0["local"].layer($1[0], outputs: 16, kernel: 3, stride: 2, .hardswish)
        let attention = $0["attention"].multiScale(x)
        return [$0["b"].bottleneck(attention, outputs: 16), attention]
      },
      EngineCase("focused attention and an MLP on \(shape)", asking: shape) {
        let x = $0["patch"].convolution($1[0], outputs: 16, kernel: 4, stride: 4, padding: 0, bias: true)
        let attention = $0["attention"].focused(x)
        return [$0["mlp"].mlp(attention), attention]
      },
      EngineCase("maps in the middle asked for on \(shape)", asking: shape) {
        let a = $0["a"].convolution($1[0], outputs: 8, kernel: 3)
        let b = $0.activation(a, .relu)
        let c = $0["c"].convolution(b, outputs: 16)
        let d = $0["d"].convolution(c, outputs: 16, kernel: 3, groups: 16)
        let e = $0["e"].convolution(d, outputs: 8)
        return [e, c, a, b, d]
      },
      EngineCase("a map asked for before one that skips pixels on \(shape)", asking: shape) {
        let a = $0["a"].convolution($1[0], outputs: 8)
        let b = $0["b"].layer(a, outputs: 16, .relu)
        return [$0["c"].convolution(b, outputs: 8, kernel: 1, stride: 2), a]
      },
      EngineCase("a map asked for before patches on \(shape)", asking: shape) {
        let a = $0["a"].convolution($1[0], outputs: 8)
        let b = $0["b"].layer(a, outputs: 16, .relu)
        return [$0["c"].convolution(b, outputs: 8, kernel: 4, stride: 4, padding: 0), a]
      },
      EngineCase("a map asked for before a smaller one on \(shape)", asking: shape) {
        let a = $0["a"].convolution($1[0], outputs: 8)
        let b = $0["b"].layer(a, outputs: 16, .relu)
        return [$0.resize(b, height: 7, width: 9, .bilinear), a]
      },
      EngineCase("a map read by three on \(shape)", shape) {
        let a = $0["a"].layer($1[0], outputs: 8, kernel: 3, .hardswish)
        let b = $0["b"].layer(a, outputs: 8, kernel: 5, groups: 8, .relu)
        let c = $0["c"].layer($0.add(a, b), outputs: 8, .gelu)
        return $0.add($0.multiply(c, a), $0["d"].convolution(b, outputs: 8, kernel: 3))
      },
      EngineCase("halves of an expansion on \(shape)", shape) {
        let halves = $0.split($0["a"].convolution($1[0], outputs: 32), parts: 2)
        let local = $0["b"].layer(halves[1], outputs: 16, kernel: 3, groups: 16, .hardswish)
        return $0["c"].convolution($0.multiply(local, $0.activation(halves[0], .silu)), outputs: 8)
      },
      EngineCase("down and up again on \(shape)", shape) {
        let a = $0["a"].layer($1[0], outputs: 8, kernel: 3, .hardswish)
        let low = $0["b"].layer(a, outputs: 16, kernel: 3, stride: 2, .hardswish)
        let up = $0.resize($0["c"].convolution(low, outputs: 8), like: a, .bilinear)
        return $0["d"].layer($0.add(a, up), outputs: 5, kernel: 3, .relu)
      },
      EngineCase("a head with upsampling on \(shape)", asking: shape) {
        let a = $0["a"].layer($1[0], outputs: 12, kernel: 3, stride: 2, .hardswish)
        let b = $0["b"].layer(a, outputs: 16, kernel: 3, stride: 2, .hardswish)
        let sum = $0.add(
          $0["pa"].layer(a, outputs: 8, .identity),
          $0.resize($0["pb"].layer(b, outputs: 8, .identity), like: a, .bicubic))
        let y = $0["block"].bottleneck(sum, outputs: 8)
        return [$0["classes"].convolution(y, outputs: 5, bias: true), sum]
      },
    ]
  }

  @Test("Blocks that run strip by strip are the reference's, at any cache", arguments: chains)
  func chain(_ example: EngineCase) throws { try example.check(budgets: [nil, 4096]) }

  @Test("Wide maps are cut into columns and stay the reference's")
  func wide() throws {
    let example = EngineCase("wide bottleneck", map(8, 5000, 16)) {
      $0["b"].bottleneck($0["a"].bottleneck($1[0], outputs: 16, expansion: 8), outputs: 8, stride: 2)
    }
    let builder = GraphBuilder()
    let output = example.build(builder.root, [builder.input(channels: 16)])
    let expectation = try Expectation(
      graph: builder.graph(), maps: [FeatureMap(random: example.inputs[0])], outputs: output)
    for set in floatInstructionSets {
      try expectation.check(set, fuses: true, threads: [1, 2], budget: 1 << 20, example.name)
    }
    var options = EngineOptions(threads: 1)
    options.stripBudget = 1 << 20
    let engine = try Engine(graph: builder.graph(), parameters: SeededParameters(), options: options)
    let plan = try engine.plan(inputs: example.inputs, outputs: output)
    #expect(plan.contains { $0.scratchBytes > 0 && !$0.detail.hasSuffix(" 1 tiles a thread") }, "\(plan)")
    #expect(plan.allSatisfy { $0.scratchBytes <= 1 << 20 }, "\(plan)")
  }

  @Test("A bottleneck is one step where it fuses, and several where it does not")
  func fuses() throws {
    let builder = GraphBuilder()
    let x = builder.input(channels: 16)
    let output = builder.root.bottleneck(x, outputs: 16)
    let graph = builder.graph()
    let steps = try [true, false].map { fuses in
      let engine = try Engine(
        graph: graph, parameters: SeededParameters(),
        options: EngineOptions(threads: 2, fusesOperations: fuses))
      return try engine.plan(inputs: [map(128, 96, 16)], outputs: [output]).count
    }
    #expect(steps == [1, 9])
  }
}
