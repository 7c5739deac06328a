import FoveaGraph
import FoveaTraining

/// The loss of a task, with the gradient of the logits.
struct BatchLoss {
  private let recipe: Recipe
  private let logits: Shape
  private let classWeights: [Float]?
  /// The batch's pictures.
  private let images: Shape
  private let threads: Int
  /// dL/dz, as many as the logits.
  let gradient: UnsafeMutableBufferPointer<Float>

  /// The loss of logits of a shape, given for images of another.
  init(_ recipe: Recipe, logits: Shape, images: Shape, classWeights: [Float]?, threads: Int) {
    (self.recipe, self.logits, self.images, self.classWeights) = (recipe, logits, images, classWeights)
    self.threads = threads
    gradient = .allocate(capacity: logits.elements)
    gradient.initialize(repeating: 0)
  }

  /// Frees the gradient.
  func deallocate() { gradient.deallocate() }

  /// The mean loss of a batch; fills the gradient.
  func evaluate(_ values: UnsafeBufferPointer<Float>, _ batch: Batch) -> Double {
    let loss = CrossEntropy(labelSmoothing: Float(recipe.labelSmoothing), classWeights: classWeights)
    if batch.ids.count > images.batch {
      return DenseLoss(crossEntropy: loss, diceWeight: recipe.dice, threads: threads).evaluate(
        values, logits, ids: UnsafeBufferPointer(batch.ids), height: images.height, width: images.width,
        gradient: gradient)
    }
    if batch.isMixed {
      return loss.evaluate(
        values, classes: logits.channels, targets: UnsafeBufferPointer(batch.targets), gradient: gradient)
    }
    return loss.evaluate(
      values, classes: logits.channels, ids: UnsafeBufferPointer(batch.ids), gradient: gradient)
  }
}
