import FoveaGraph
import FoveaTraining

/// What is trained, how fast, and what decays.
struct TrainedParameters {
  /// The trained stretches of the store's values, neighbours that are alike as one.
  let groups: [ParameterGroup]

  /// The groups of a store: what was taken over learns at the backbone's rate; vectors (norms, biases) do not
  /// decay; what is frozen has no group.
  init(_ store: ParameterStore, _ model: StartingModel, recipe: Recipe, isFrozen: (Parameter) -> Bool) {
    var groups: [ParameterGroup] = []
    for entry in store.entries where !entry.isStatistic && !isFrozen(entry.parameter) {
      let isTaken = model.taken.contains(entry.parameter.path)
      let extents = entry.parameter.shape.filter { $0 > 1 }.count
      let group = ParameterGroup(
        range: entry.range, rateScale: isTaken ? Float(recipe.backboneRate) : 1,
        decayScale: extents > 1 ? 1 : 0)
      if let last = groups.last, last.range.upperBound == entry.range.lowerBound,
        last.rateScale == group.rateScale, last.decayScale == group.decayScale
      {
        groups[groups.count - 1].range = last.range.lowerBound..<entry.range.upperBound
      } else {
        groups.append(group)
      }
    }
    self.groups = groups
  }
}
