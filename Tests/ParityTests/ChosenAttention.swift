import Foundation
import FoveaEngine
import FoveaGraph
import FoveaModels
import Testing

/// DeiT, and the hybrid, with each attention that a config can choose.
@Suite struct ChosenAttention {
  private static let attentions = AttentionChoice.allCases.map(\.rawValue)

  @Test(arguments: AttentionChoice.allCases.filter { $0 != .performer })
  func theHybridTakesAnyAttention(_ attention: AttentionChoice) throws {
    let graph = try Registry.architecture([
      "family": "fovea", "widths": [8, 8, 16, 32, 32], "depths": [1, 1, 1, 2, 1], "num_classes": 5,
      "attention": .string(attention.rawValue),
    ]).graph()
    // One of the two attending stages is multi-scale whatever the choice.
    #expect(graph.attentionBlocks.count == (attention == .depthwise ? 1 : 3))
    let outputs = graph.outputs.map(\.value)
    let parameters = RandomParameters(seed: 5)
    let image = FeatureMap.pattern(Shape(batch: 2, height: 64, width: 80, channels: 3))
    let maps = try Engine(graph: graph, parameters: parameters).run([image], outputs: outputs)
    let references = try ReferenceExecutor(graph: graph, parameters: parameters).run(
      [image], outputs: outputs)
    for (map, reference) in zip(maps, references) {
      let deviation = Deviation(map, from: reference)
      #expect(deviation.isWithinParity, "\(attention) \(map.shape): \(deviation)")
    }
  }

  private func architecture(_ attention: String) throws -> any Architecture {
    try Registry.architecture([
      "family": "deit", "img_size": 48, "patch_size": 8, "embed_dim": 32, "depth": 2, "num_heads": 2,
      "num_classes": 5, "attention": .string(attention), "performer_seed": 7,
      "global_pool": attention == "dwc" ? "avg" : "token",
    ])
  }

  /// The mean of the patches, a layer norm and a linear layer, in double precision from the last block's tokens.
  @Test func classesAreReadFromTheMeanOfThePatches() throws {
    let graph = try architecture("dwc").graph()
    let parameters = RandomParameters(seed: 5)
    let outputs = graph.outputs.map(\.value)
    let image = FeatureMap.pattern(Shape(batch: 1, height: 40, width: 56, channels: 3))
    let maps = try Engine(graph: graph, parameters: parameters).run([image], outputs: outputs)
    let (tokens, logits) = (maps[maps.count - 2], maps[maps.count - 1])
    let (count, width) = (tokens.shape.tokens, tokens.shape.channels)
    #expect(count == 1 + 5 * 7)
    func values(_ path: String) -> [Double] {
      graph.parameters.filter { $0.path == path }.flatMap { parameters.values(of: $0).map(Double.init) }
    }
    var mean = (0..<width).map { c in
      (1..<count).map { Double(tokens.values[$0 * width + c]) }.reduce(0, +) / Double(count - 1)
    }
    let centre = mean.reduce(0, +) / Double(width)
    let variance = mean.map { ($0 - centre) * ($0 - centre) }.reduce(0, +) / Double(width)
    let (scale, shift) = (values("fc_norm.weight"), values("fc_norm.bias"))
    for c in mean.indices {
      mean[c] = (mean[c] - centre) / (variance + 1e-6).squareRoot() * scale[c] + shift[c]
    }
    let (weight, bias) = (values("head.weight"), values("head.bias"))
    for (index, logit) in logits.values.enumerated() {
      let expected = bias[index] + mean.indices.map { mean[$0] * weight[index * width + $0] }.reduce(0, +)
      #expect(abs(Double(logit) - expected) <= 1e-5 * max(1, abs(expected)))
    }
  }

  @Test func aClassTokenThatNothingReachesIsRefused() {
    #expect(throws: ModelError.self) {
      try Registry.architecture([
        "family": "deit", "embed_dim": 32, "depth": 1, "num_heads": 2, "attention": "dwc",
      ])
    }
  }

  @Test(arguments: attentions)
  func theEngineGivesTheReferencesAnswerAtAnySize(_ attention: String) throws {
    let architecture = try architecture(attention)
    let graph = architecture.graph()
    let parameters = RandomParameters(seed: 5, keys: architecture.keys)
    let outputs = graph.outputs.map(\.value)
    for shape in [
      Shape(batch: 2, height: 48, width: 48, channels: 3),
      Shape(batch: 1, height: 43, width: 70, channels: 3),
    ] {
      let image = FeatureMap.pattern(shape)
      let maps = try Engine(graph: graph, parameters: parameters).run([image], outputs: outputs)
      let references = try ReferenceExecutor(graph: graph, parameters: parameters)
        .run([image], outputs: outputs)
      for (map, reference) in zip(maps, references) {
        #expect(map.values.allSatisfy { $0.isFinite })
        let deviation = Deviation(map, from: reference)
        #expect(deviation.isWithinParity, "\(attention) \(map.shape): \(deviation)")
      }
    }
  }

  @Test func everyAttentionRecordsWhereItsTokensLie() throws {
    for attention in Self.attentions {
      let blocks = try architecture(attention).graph().attentionBlocks
      guard attention != "dwc" else {
        #expect(blocks.isEmpty)
        continue
      }
      #expect(blocks.map(\.path) == ["blocks.0.attn", "blocks.1.attn"])
      for block in blocks {
        guard case .sequence(_, leadingTokens: 1) = block.grid else {
          Issue.record("\(attention): \(block.grid)")
          continue
        }
        #expect((block.depthwise != nil) == ["focused", "elu_with_dwc"].contains(attention))
      }
    }
  }

  /// FAVOR+ estimates softmax without bias: its error falls as the root of the number of features.
  @Test func performersErrorFallsAsTheRootOfTheFeatures() throws {
    let counts = [32, 128, 512]
    let errors = try counts.map { count in
      try (0..<16).map { try meanSquareError(features: count, seed: UInt64($0)) }.reduce(0, +) / 16
    }
    for (fewer, more) in zip(errors, errors.dropFirst()) {
      // four times the features: half the error, a quarter of its square, give or take the scatter of 16 seeds
      #expect(fewer / more > 2.5 && fewer / more < 6, "\(errors)")
    }
    #expect(errors[2] < 1e-4)
  }

  private func meanSquareError(features: Int, seed: UInt64) throws -> Double {
    let builder = GraphBuilder()
    let (query, key, value) = (
      builder.input("q", channels: 16), builder.input("k", channels: 16), builder.input("v", channels: 16)
    )
    let rows = Parameter(path: "rows", shape: [features, 8])
    let exact = builder.root.softmaxAttention(
      query: query, key: key, value: value, heads: 2, scale: 1 / Float(8).squareRoot())
    let estimate = builder.root.linearAttention(
      query: query, key: key, value: value, headDimension: 8, featureMap: .positiveRandom(rows), epsilon: 0,
      averagesKeys: false)
    var keys = CheckpointKeys()
    keys.computed["rows"] = .orthogonalFeatures(seed: seed)
    let shape = Shape(height: 1, width: 16, channels: 16)
    let inputs = ["q", "k", "v"].map { name in
      FeatureMap(
        shape: shape,
        values: RandomParameters(seed: 1).values(of: Parameter(path: name, shape: [shape.elements]))
          .map { 20 * $0 })
    }
    let maps = try ReferenceExecutor(
      graph: builder.graph(), parameters: RandomParameters(keys: keys)
    ).run(inputs, outputs: [exact, estimate])
    let squares = zip(maps[0].values, maps[1].values).map { Double($0 - $1) * Double($0 - $1) }
    return squares.reduce(0, +) / Double(squares.count)
  }
}
