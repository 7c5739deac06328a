import FoveaEngine
import FoveaGraph
import FoveaTraining
import Testing

/// The models of tiny dimensions whose gradients PyTorch recorded.
let gradientGoldens = ["hybrid_classifier", "hybrid_segmenter"]

@Suite struct ModelGradientTests {
  /// A gradient is a sum of products that passed some fifty operations, each with sums of at most a few thousand
  /// terms of mixed signs: errors grow as the root of the terms, to some 2⁻²⁴ · 50 · √4000 of the greatest
  /// gradient of the whole model, which is 2e-4.
  @Test(arguments: gradientGoldens)
  func everyGradientIsPyTorchs(_ name: String) throws {
    let golden = try GradientGolden(name)
    let store = try golden.store()
    let network = try golden.network(store)
    let logits = network.logits(golden.input)
    let recorded = try GradientGolden.map("logits", golden.tensors)
    let distance = Distance(logits.values, recorded.values)
    #expect(distance.difference <= 2e-5 * distance.largest, "\(name), logits: \(distance)")

    network.propagate(golden.gradient)
    for entry in store.entries {
      let path = entry.parameter.path
      if entry.isStatistic {
        let distance = Distance(
          try store.values(of: entry.parameter), try golden.tensors.floats(of: "after/\(path)"))
        #expect(distance.difference <= 2e-5 * max(1, distance.largest), "\(name), \(path): \(distance)")
      } else {
        let distance = Distance(
          Array(store.gradients[entry.range]), try golden.tensors.floats(of: "gradient/\(path)"))
        #expect(distance.difference <= 2e-4 * max(distance.largest, 1e-2), "\(name), \(path): \(distance)")
      }
    }
  }

  @Test(arguments: gradientGoldens)
  func gradientsAreTheSameBitsForAnyNumberOfThreads(_ name: String) throws {
    let golden = try GradientGolden(name)
    let gradients = try [1, 2, 3, 5].map { threads in
      let store = try golden.store()
      let network = try golden.network(store, TrainingOptions(threads: threads))
      _ = network.logits(golden.input)
      network.propagate(golden.gradient)
      return store.gradients.map(\.bitPattern) + store.statistics.map(\.bitPattern)
    }
    for other in gradients.dropFirst() { #expect(other == gradients[0], "\(name)") }
  }
}
