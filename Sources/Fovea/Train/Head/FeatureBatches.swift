import FoveaGraph
import FoveaModels

/// Batches of features that were computed once, of a view of each picture by chance.
final class FeatureBatches: BatchSource {
  private let features: FeatureSet
  private let recipe: Recipe
  private let order: SampleOrder
  private var step: Int
  private let batch: Batch
  /// The row of each sample; one that could not be read has the row of the next that could.
  private let rows: [Int]

  /// Batches from a step on.
  init(_ features: FeatureSet, of set: TrainingSet, _ recipe: Recipe, from step: Int) {
    (self.features, self.step, self.recipe) = (features, step, recipe)
    order = SampleOrder(samples: set.samples.count, batch: recipe.batch, seed: recipe.seed)
    batch = Batch(elements: recipe.batch * features.width, ids: recipe.batch * features.idCount, targets: 0)
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
      let view = rows[sample] * features.views + numbers.index(below: features.views)
      copy(features.ids, view * features.idCount, features.idCount, to: batch.ids, place * features.idCount)
      var (start, source) = (0, view * features.width)
      for size in features.mapSizes {
        copy(features.values, source, size, to: batch.images, start + place * size)
        start += recipe.batch * size
        source += size
      }
    }
    step += 1
    return batch
  }

  private func copy<Element>(
    _ values: [Element], _ start: Int, _ count: Int, to target: UnsafeMutableBufferPointer<Element>,
    _ place: Int
  ) {
    _ = target[place...].update(fromContentsOf: values[start..<start + count])
  }

  func recycle(_ batch: Batch) {}
  func stop() {}
}
