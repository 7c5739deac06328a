import FoveaEngine
import FoveaGraph
import Testing

/// The instruction sets that this machine has float32 kernels for.
let floatInstructionSets = InstructionSet.allCases.filter { set in
  set.isSupported && [.scalar, .neon, .avx2, .avx512].contains(set)
}

/// A small graph that the engine must run as the reference executor does.
struct EngineCase: Sendable, CustomTestStringConvertible {
  let name: String
  let inputs: [Shape]
  /// The maps that are asked for.
  let build: @Sendable (Scope, [Value]) -> [Value]

  init(_ name: String, _ inputs: Shape..., build: @escaping @Sendable (Scope, [Value]) -> Value) {
    self.name = name
    self.inputs = inputs
    self.build = { [build($0, $1)] }
  }

  init(_ name: String, asking inputs: Shape..., build: @escaping @Sendable (Scope, [Value]) -> [Value]) {
    self.name = name
    self.inputs = inputs
    self.build = build
  }

  var testDescription: String { name }

  /// Runs every way of the engine; `budgets` are those of strips, nil the machine's own.
  func check(budgets: [Int?] = [nil]) throws {
    let builder = GraphBuilder()
    let values = inputs.enumerated().map { builder.input("x\($0)", channels: $1.channels) }
    let outputs = build(builder.root, values)
    let maps = inputs.enumerated().map { FeatureMap(random: $1, seed: UInt64($0 + 1)) }
    let expectation = try Expectation(graph: builder.graph(), maps: maps, outputs: outputs)
    for set in floatInstructionSets {
      for budget in budgets {
        for (fuses, threads) in [(true, [1, 2, 3, 5]), (false, [1, 3])] {
          try expectation.check(set, fuses: fuses, threads: threads, budget: budget, name)
        }
      }
    }
  }
}

/// What the reference executor gives for a graph, and how near to it any order of float32 sums must be.
struct Expectation {
  let graph: Graph
  let maps: [FeatureMap]
  let outputs: [Value]
  let expected: [FeatureMap]
  /// The greatest distance of an element.
  let tolerance: Float

  /// With filters of unit norm and random signs, partial sums stay about as large as the greatest magnitude M
  /// of all maps on the way, and an error passes an operation at about its own size. So a node whose longest
  /// sum has K terms adds at most K roundings of M, and the whole graph Σ K · ε · M; the factor 4 is for sums of
  /// two erring maps, norms and quotients, which may double an error.
  init(graph: Graph, maps: [FeatureMap], outputs: [Value]) throws {
    self.graph = graph
    self.maps = maps
    self.outputs = outputs
    let executor = ReferenceExecutor(graph: graph, parameters: SeededParameters())
    let all = graph.nodes.indices.map { Value(index: $0, channels: 0) }
    let values = try executor.run(maps, outputs: all)
    expected = outputs.map { values[$0.index] }
    let greatest = values.map { $0.values.map(abs).max() ?? 0 }.max() ?? 0
    let terms = graph.nodes.map { node in
      node.operation.longestSum(inputs: node.inputs.map { values[$0.index].shape })
    }
    tolerance = 4 * Float(terms.reduce(0, +)) * .ulpOfOne * max(greatest, 1)
  }

  /// Expects the same maps within the tolerance, and the same bits for every number of threads.
  func check(_ set: InstructionSet, fuses: Bool, threads: [Int], budget: Int? = nil, _ name: String) throws {
    var first: [FeatureMap]?
    for count in threads {
      var options = EngineOptions(threads: count, instructionSet: set, fusesOperations: fuses)
      options.stripBudget = budget
      options.poisonsMemory = true
      let engine = try Engine(graph: graph, parameters: SeededParameters(), options: options)
      let results = try engine.run(maps, outputs: outputs)
      let way = "\(name) on \(set), fused \(fuses), \(count) threads, budget \(budget ?? 0)"
      for (index, (result, map)) in zip(results, expected).enumerated() {
        try #require(result.shape == map.shape, "\(way), output \(index)")
        if let problem = difference(result, map) { Issue.record("\(way), output \(index): \(problem)") }
        if let first, !first[index].isIdentical(to: result) {
          Issue.record("\(way), output \(index): other bits than with \(threads[0]) threads")
        }
      }
      first = first ?? results
    }
  }

  /// The worst element, where it is too far.
  func difference(_ result: FeatureMap, _ expected: FeatureMap) -> String? {
    let distances = zip(result.values, expected.values).map { $0.isNaN ? .infinity : abs($0 - $1) }
    guard let worst = distances.indices.max(by: { distances[$0] < distances[$1] }),
      !(distances[worst] <= tolerance)
    else { return nil }
    let shape = result.shape
    let (pixel, channel) = worst.quotientAndRemainder(dividingBy: shape.channels)
    let place =
      "image \(pixel / shape.tokens), y \(pixel % shape.tokens / shape.width), x \(pixel % shape.width)"
    let wrong = distances.filter { !($0 <= tolerance) }.count
    return
      "\(result.values[worst]) at \(place), channel \(channel) of \(shape) is not \(expected.values[worst]) "
      + "within \(tolerance); \(wrong) elements are wrong"
  }
}

extension FoveaGraph.Operation {
  /// Float32 roundings on the longest way to one element of the output.
  func longestSum(inputs: [Shape]) -> Int {
    switch self {
    case .convolution(let convolution):
      convolution.inputChannels / convolution.groups * convolution.kernel * convolution.kernel + 2
    case .transposedConvolution(let convolution): convolution.inputChannels + 1
    case .layerNorm: 2 * inputs[0].channels + 4
    // Kernels approximate the functions to some units in the last place.
    case .activation: 8
    case .globalAverage: inputs[0].tokens + 1
    case .resize: 32
    case .linearAttention(let attention): 2 * (inputs[1 % inputs.count].tokens + attention.headDimension) + 16
    case .softmaxAttention(let attention): inputs[0].channels / attention.heads + inputs[1].tokens + 16
    case .tokenProduct: inputs[0].channels
    case .batchNorm, .rotary: 4
    case .combine: 1
    case .input, .constant, .concatenate, .slice, .reshape, .spaceToDepth, .pixelShuffle, .windowPartition,
      .windowMerge:
      0
    }
  }
}

/// A map of one image, or several.
func map(_ height: Int, _ width: Int, _ channels: Int, images: Int = 1) -> Shape {
  Shape(batch: images, height: height, width: width, channels: channels)
}
