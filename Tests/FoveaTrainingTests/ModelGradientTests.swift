import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTraining
import Testing

/// The models of tiny dimensions whose gradients PyTorch recorded.
let gradientGoldens =
  hybridGoldens + AttentionChoice.allCases.filter { $0 != .softmax }.map { "deit_\($0.rawValue)" } + [
    "timm_deit_tiny_dims", "deit_relu_resized", "timm_efficientvit_b_tiny", "efficientvit_l",
    "flatten_pvt_tiny_dims", "flatten_swin_tiny_dims", "flatten_cswin", "mila",
  ]

/// Both heads, and every attention beside the focused one.
private let hybridGoldens =
  ["hybrid_classifier", "hybrid_segmenter", "hybrid_upscaled"]
  + AttentionChoice.allCases.filter { $0 != .focused && $0 != .performer }.map { "hybrid_\($0.rawValue)" }

@Suite struct ModelGradientTests {
  /// A gradient is a sum of products that passed some fifty operations, each with sums of at most a few thousand
  /// terms of mixed signs: errors grow as the root of the terms, to some 2⁻²⁴ · 50 · √4000 of the greatest
  /// element, which is 2e-4; a tensor whose gradient vanishes is held to a twentieth of the usual magnitude.
  @Test(arguments: gradientGoldens)
  func everyGradientIsPyTorchs(_ name: String) throws {
    let golden = try GradientGolden(name)
    let store = try golden.store()
    let network = try golden.network(store)
    let logits = network.logits(golden.input)
    let recorded = try GradientGolden.map("logits", golden.step)
    let distance = Distance(logits.values, recorded.values)
    #expect(distance.difference <= 2e-5 * distance.largest, "\(name), logits: \(distance)")

    network.propagate(golden.gradient)
    for entry in store.entries where !golden.isComputed(entry.parameter) {
      let expected = try golden.gradients.values(of: entry.parameter)
      if entry.isStatistic {
        let distance = Distance(try store.values(of: entry.parameter), expected)
        #expect(
          distance.difference <= 2e-5 * max(1, distance.largest),
          "\(name), \(entry.parameter.path): \(distance)")
      } else {
        let distance = Distance(Array(store.gradients[entry.range]), expected)
        #expect(
          distance.difference <= 2e-4 * max(distance.largest, 5e-2),
          "\(name), \(entry.parameter.path): \(distance)")
      }
    }
  }

  @Test(arguments: gradientGoldens)
  func gradientsAreTheSameBitsForAnyNumberOfThreads(_ name: String) throws {
    let golden = try GradientGolden(name)
    for precision in Precision.allCases {
      let gradients = try [1, 2, 3, 5].map { threads in
        let store = try golden.store()
        let options = TrainingOptions(threads: threads, precision: precision, dropPath: 0.3, dropout: 0.2)
        let network = try golden.network(store, options)
        _ = network.logits(golden.input, step: 3)
        network.propagate(golden.gradient)
        return store.gradients.map(\.bitPattern) + store.statistics.map(\.bitPattern)
      }
      for other in gradients.dropFirst() { #expect(other == gradients[0], "\(name), \(precision)") }
    }
  }

  /// Elements of maps are rounded to 8 bits, 2⁻⁹ of each, at some fifty places on the way there and back; as
  /// the roundings are independent the gradient is off by about √100 of them, 2 percent of its norm, and four
  /// times that where sums cancel. (Batch norms over a few pixels blow such roundings up, PyTorch's too.)
  @Test(arguments: ["timm_deit_tiny_dims", "flatten_pvt_tiny_dims", "flatten_swin_tiny_dims"])
  func bfloat16GradientsPointWherePyTorchsDo(_ name: String) throws {
    let golden = try GradientGolden(name)
    let store = try golden.store()
    let network = try golden.network(store, TrainingOptions(precision: .bfloat16))
    _ = network.logits(golden.input)
    network.propagate(golden.gradient)
    let trained = store.entries.filter { !$0.isStatistic }
    let expected = try trained.flatMap { try golden.gradients.values(of: $0.parameter) }
    let agreement = Agreement(Array(store.gradients), expected)
    #expect(agreement.cosine > 0.997 && abs(agreement.ratio - 1) < 0.08, "\(name): \(agreement)")
  }

  /// At sizes that people train, where tiles and panels are full; float32 is compared with PyTorch above.
  @Test(arguments: [(8, 4, 96, 3), (9, 4, 64, 2), (3, 8, 48, 3)])
  func bfloat16GradientsPointWhereFloat32sDo(_ batch: Int, _ patch: Int, _ width: Int, _ heads: Int) throws {
    let architecture = try Registry.architecture([
      "family": "deit", "img_size": 32, "patch_size": .integer(patch), "embed_dim": .integer(width),
      "depth": 2,
      "num_heads": .integer(heads), "mlp_ratio": 2, "num_classes": 10, "global_pool": "avg",
      "attention": "softmax",
    ])
    let graph = architecture.graph()
    let input = FeatureMap(random: Shape(batch: batch, height: 32, width: 32, channels: 3), seed: 5)
    let gradients = try Precision.allCases.map { precision in
      let store = try ParameterStore(graph: graph, values: RandomParameters(seed: 1))
      let network = try TrainingNetwork(
        graph: graph, output: "logits", parameters: store, inputs: [input.shape],
        options: TrainingOptions(precision: precision))
      _ = network.logits(input)
      network.propagate(FeatureMap(random: network.outputShape, seed: 6))
      return Dictionary(
        uniqueKeysWithValues: store.entries.filter { !$0.isStatistic }.map {
          ($0.parameter.path, Array(store.gradients[$0.range]))
        })
    }
    for (path, expected) in gradients[0] {
      let agreement = Agreement(gradients[1][path] ?? [], expected)
      #expect(agreement.cosine > 0.98, "\(path): \(agreement)")
    }
  }

  /// A step's difference is about 2e-4 of the gradient, whose sign Adam's first steps take: a loss moves by the
  /// rate where a sign flips, 1e-3 of each of few elements; ten steps of that stay within 2e-3 of the loss.
  @Test(arguments: hybridGoldens)
  func tenStepsHavePyTorchsLosses(_ name: String) throws {
    let golden = try GradientGolden(name)
    let store = try golden.store()
    let network = try golden.network(store)
    let recorded = try golden.step.floats(of: "losses")
    let ids = try golden.step.floats(of: "ids").map { Int32($0) }
    let optimiser = AdamW(count: store.values.count, decay: 0.05)
    let groups = [ParameterGroup(range: 0..<store.values.count)]
    for (step, expected) in recorded.enumerated() {
      let logits = network.logits(golden.input, step: step)
      var gradient = FeatureMap(zeros: logits.shape)
      let loss = logits.values.withUnsafeBufferPointer { logits in
        ids.withUnsafeBufferPointer { ids in
          gradient.values.withUnsafeMutableBufferPointer {
            CrossEntropy().evaluate(logits, classes: network.outputShape.channels, ids: ids, gradient: $0)
          }
        }
      }
      #expect(
        abs(loss - Double(expected)) <= 2e-3 * Double(expected), "step \(step): \(loss), not \(expected)")
      network.propagate(gradient)
      optimiser.step(
        store.values, gradients: UnsafeBufferPointer(store.gradients), groups: groups, rate: 1e-3)
    }
  }
}
