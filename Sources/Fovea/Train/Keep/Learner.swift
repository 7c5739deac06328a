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
    let counters = counters(optimiser.steps)
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

  /// Goes on from a file that `save` wrote for the same network and recipe after a number of steps.
  ///
  /// Throws with status `badData` before anything is taken, where a tensor or a counter is none that this network
  /// and recipe have.
  func restore(from path: String, steps: Int) throws(FoveaError) {
    let checkpoint = try Self.open(path)
    try check(checkpoint, steps: steps, path)
    do throws(WeightsError) {
      try checkpoint.read("values", into: store.values)
      try checkpoint.read("statistics", into: store.statistics)
      var memory: [String: [Float]] = [:]
      for name in optimiser.memory.keys { memory[name] = try checkpoint.floats(of: "optimiser.\(name)") }
      (optimiser.memory, optimiser.steps) = (memory, steps)
      if let averages {
        averages.values.restore(try checkpoint.floats(of: "average.values"), steps: steps)
        averages.statistics.restore(try checkpoint.floats(of: "average.statistics"), steps: steps)
      }
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  private static func open(_ path: String) throws(FoveaError) -> Checkpoint {
    do {
      return try Checkpoint.open(path: path, as: .safetensors)
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// Compares every tensor of a state, and its counters, with what this network and recipe have.
  private func check(_ checkpoint: Checkpoint, steps: Int, _ path: String) throws(FoveaError) {
    var expected = ["values": store.values.count, "statistics": store.statistics.count]
    for name in optimiser.memory.keys { expected["optimiser.\(name)"] = store.values.count }
    if averages != nil {
      expected["average.values"] = store.values.count
      expected["average.statistics"] = store.statistics.count
    }
    if let frozen {
      expected["frozen.values"] = frozen.values.count
      expected["frozen.statistics"] = frozen.statistics.count
    }
    for (name, count) in expected.sorted(by: { $0.key < $1.key }) {
      try Self.check(name, count, in: checkpoint, path)
    }
    if let stranger = checkpoint.entries.first(where: { expected[$0.name] == nil }) {
      throw TrainingState.error(path, "it has a tensor \(stranger.name), which this recipe does not keep")
    }
    let counters = checkpoint.metadata["counters"] ?? ""
    guard counters == self.counters(steps) else {
      throw TrainingState.error(path, "its counters are \(counters.prefix(60)), and \(steps) steps are done")
    }
  }

  /// The counters of the optimiser and of the averages after a number of steps, as `save` writes them.
  private func counters(_ steps: Int) -> String { "\(steps) \(averages == nil ? 0 : steps)" }

  private static func check(
    _ name: String, _ count: Int, in checkpoint: Checkpoint, _ path: String
  ) throws(FoveaError) {
    guard let entry = checkpoint[name] else { throw TrainingState.error(path, "it has no tensor \(name)") }
    guard entry.elementType == .f32, entry.count == count else {
      throw TrainingState.error(
        path,
        "its tensor \(name) is \(entry.count) numbers of \(entry.elementType.rawValue), not \(count) of F32")
    }
  }

  /// Reads the parameters that `save` wrote as frozen. Throws as `restore` does.
  static func restoreFrozen(_ store: ParameterStore, from path: String) throws(FoveaError) {
    let checkpoint = try open(path)
    for (name, buffer) in [("frozen.values", store.values), ("frozen.statistics", store.statistics)] {
      try check(name, buffer.count, in: checkpoint, path)
      do throws(WeightsError) {
        try checkpoint.read(name, into: buffer)
      } catch {
        throw FoveaError(error, path: path)
      }
    }
  }
}
