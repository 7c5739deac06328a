import FoveaGraph
import FoveaModels

/// Batches of features that were computed once, mirrored or not by chance.
final class FeatureBatches: BatchSource {
  private let features: FeatureSet
  private let set: TrainingSet
  private let recipe: Recipe
  private let order: SampleOrder
  private var step: Int
  private let batch: Batch
  /// The row of each sample; one that could not be read has the row of the next that could.
  private let rows: [Int]

  /// Batches from a step on.
  init(_ features: FeatureSet, of set: TrainingSet, _ recipe: Recipe, from step: Int) {
    (self.features, self.step, self.set, self.recipe) = (features, step, set, recipe)
    order = SampleOrder(samples: set.samples.count, batch: recipe.batch, seed: recipe.seed)
    batch = Batch(
      Shape(batch: recipe.batch, height: 1, width: 1, channels: features.channels), hasMasks: false,
      classes: set.labels.count)
    var rows: [Int] = []
    for (row, sample) in features.samples.enumerated() {
      while rows.count <= sample { rows.append(row) }
    }
    while rows.count < set.samples.count { rows.append(0) }
    self.rows = rows
  }

  func next() throws(FoveaError) -> Batch {
    var numbers = RandomNumbers(seed: recipe.seed, name: "step \(step) features")
    for (place, sample) in order.samples(of: step).enumerated() {
      let row = rows[sample]
      let isMirrored = !features.mirrored.isEmpty && numbers.chance(0.5)
      let source = isMirrored ? features.mirrored : features.upright
      for c in 0..<features.channels {
        batch.images[place * features.channels + c] = source[row * features.channels + c]
      }
      batch.ids[place] = Int32(set.samples[features.samples[row]].index)
    }
    step += 1
    return batch
  }

  func recycle(_ batch: Batch) {}
  func stop() {}
}
