import FoveaTraining
import FoveaWeights

/// What changes while a network learns: its parameters, their average and the optimiser's memory.
final class Learner {
  let store: ParameterStore
  let optimiser: any Optimiser
  /// The averages of the values and of the running statistics; nil where the recipe takes none.
  let averages: (values: WeightAverage, statistics: WeightAverage)?
  /// The whole network's parameters where `store` holds a part of them, which learns alone.
  private let frozen: ParameterStore?

  /// A learner at its start.
  init(_ store: ParameterStore, recipe: Recipe, frozen: ParameterStore? = nil) {
    (self.store, self.frozen) = (store, frozen)
    let count = store.values.count
    optimiser =
      switch recipe.optimiser {
      case .adamw:
        AdamW(count: count, decay: recipe.decay, beta1: recipe.momentum, beta2: recipe.squareMomentum)
      case .sgd:
        MomentumDescent(count: count, momentum: recipe.momentum, decay: recipe.decay, isNesterov: true)
      }
    averages =
      recipe.average > 0
      ? (
        WeightAverage(of: UnsafeBufferPointer(store.values), retention: recipe.average),
        WeightAverage(of: UnsafeBufferPointer(store.statistics), retention: recipe.average)
      ) : nil
  }

  /// Takes the gradients' step. Gives their norm before clipping.
  func step(_ groups: [ParameterGroup], rate: Double, clip: Double) -> Double {
    let gradients = UnsafeBufferPointer(store.gradients)
    let norm = GradientNorm.of(gradients, groups: groups)
    guard norm.isFinite else { return norm }
    optimiser.step(
      store.values, gradients: gradients, groups: groups, rate: rate,
      gradientScale: GradientNorm.scale(of: norm, limit: clip > 0 ? clip : nil))
    averages?.values.update(UnsafeBufferPointer(store.values))
    averages?.statistics.update(UnsafeBufferPointer(store.statistics))
    return norm
  }

  /// The values of a parameter that the model answers with: the averages, where there are any.
  func answering(_ entry: ParameterStore.Entry) -> [Float] {
    guard let averages else {
      return Array((entry.isStatistic ? store.statistics : store.values)[entry.range])
    }
    return Array((entry.isStatistic ? averages.statistics : averages.values).averages[entry.range])
  }

  /// Writes everything, with a text, to a file that appears whole or not at all.
  func save(_ text: String, to path: String) throws(FoveaError) {
    let tensors = tensors()
    let counters = "\(optimiser.steps) \(averages?.values.steps ?? 0)"
    let entries = tensors.sorted { $0.key < $1.key }.map {
      TensorEntry(name: $0.key, elementType: .f32, shape: [$0.value.count])
    }
    try writeSafetensors(entries, metadata: ["training": text, "counters": counters], to: path) {
      tensors[$0.name] ?? []
    }
  }

  private func tensors() -> [String: [Float]] {
    var tensors = ["values": Array(store.values), "statistics": Array(store.statistics)]
    for (name, memory) in optimiser.memory { tensors["optimiser.\(name)"] = memory }
    if let averages {
      tensors["average.values"] = averages.values.averages
      tensors["average.statistics"] = averages.statistics.averages
    }
    if let frozen {
      tensors["frozen.values"] = Array(frozen.values)
      tensors["frozen.statistics"] = Array(frozen.statistics)
    }
    return tensors
  }

  /// Goes on from a file that `save` wrote for the same network and recipe.
  func restore(from path: String) throws(FoveaError) {
    do throws(WeightsError) {
      let checkpoint = try Checkpoint.open(path: path, as: .safetensors)
      try Self.read(store, "", from: checkpoint)
      var memory: [String: [Float]] = [:]
      for name in optimiser.memory.keys { memory[name] = try checkpoint.floats(of: "optimiser.\(name)") }
      optimiser.memory = memory
      let counters = (checkpoint.metadata["counters"] ?? "").split(separator: " ").compactMap { Int($0) }
      optimiser.steps = counters.first ?? 0
      if let averages {
        let steps = counters.last ?? 0
        averages.values.restore(try checkpoint.floats(of: "average.values"), steps: steps)
        averages.statistics.restore(try checkpoint.floats(of: "average.statistics"), steps: steps)
      }
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// Reads the parameters that `save` wrote as frozen.
  static func restoreFrozen(_ store: ParameterStore, from path: String) throws(FoveaError) {
    do throws(WeightsError) {
      try read(store, "frozen.", from: Checkpoint.open(path: path, as: .safetensors))
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  private static func read(
    _ store: ParameterStore, _ prefix: String, from checkpoint: Checkpoint
  ) throws(WeightsError) {
    for (name, buffer) in [("values", store.values), ("statistics", store.statistics)] {
      let name = prefix + name
      guard checkpoint[name]?.count == buffer.count else { throw .noTensor(name) }
      try checkpoint.read(name, into: buffer)
    }
  }
}
