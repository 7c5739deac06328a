extension NetworkPlanner {
  /// The differentiable operation of a unit.
  func operation(
    _ unit: Unit, _ sources: [Source], _ output: Output
  ) throws -> any DifferentiableOperation {
    switch unit.work {
    case .operation(let lowered):
      let site = UnitSite(sources: sources, output: output, parameters: parameters, drop: drop(at: unit))
      return try lowered.operation.trainable.differentiable(unit, site)
    case .dropout:
      let random = CounterRandom(seed: options.seed, place: unit.index)
      return DropoutOperation(sources, output, rate: options.dropout, random: random)
    case .randomFeatures(let features):
      return RandomFeaturesOperation(features, sources, output, parameters)
    }
  }

  /// Stochastic depth at a residual sum: which of its terms is the branch, and how often it is skipped.
  private func drop(at unit: Unit) -> SampleDrop? {
    guard options.dropPath > 0, unit.isResidual, let branch = branch(of: unit) else { return nil }
    let all = units.filter { $0.isResidual && self.branch(of: $0) != nil }.map(\.index)
    guard let position = all.firstIndex(of: unit.index), position > 0 else { return nil }
    let rate = options.dropPath * Float(position) / Float(all.count - 1)
    return (branch, rate, CounterRandom(seed: options.seed, place: unit.index))
  }

  /// Which term of a sum is computed from the other.
  private func branch(of unit: Unit) -> Int? {
    (0..<2).first { depends(unit.inputs[$0].unit, on: unit.inputs[1 - $0].unit) }
  }

  private func depends(_ unit: Int, on other: Int) -> Bool {
    unit > other && units[unit].inputs.contains { $0.unit == other || depends($0.unit, on: other) }
  }
}
