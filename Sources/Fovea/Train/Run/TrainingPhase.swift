import FoveaGraph
import FoveaTraining

/// A stretch of steps at one size: the network that is planned for it, its batches and its loss.
final class TrainingPhase {
  /// The steps.
  let steps: Range<Int>
  private let network: TrainingNetwork
  private let batches: any BatchSource
  private let loss: BatchLoss

  /// A phase whose batches are (B, H, W, 3) `images`, or features.
  init(
    _ network: TrainingNetwork, _ images: Shape, _ recipe: Recipe, classWeights: [Float]?, threads: Int,
    steps: Range<Int>, batches: any BatchSource
  ) {
    (self.network, self.batches, self.steps) = (network, batches, steps)
    loss = BatchLoss(
      recipe, logits: network.outputShape, images: images, classWeights: classWeights, threads: threads)
  }

  deinit {
    batches.stop()
    loss.deallocate()
  }

  /// The next batch's loss; the parameters' gradients are its own then. Throws where the batch cannot be made.
  func gradients(step: Int) throws(FoveaError) -> Double {
    let batch = try batches.next()
    let logits = network.forward(UnsafeBufferPointer(batch.images), step: step, isTraining: true)
    let value = loss.evaluate(UnsafeBufferPointer(logits), batch)
    network.backward(UnsafeBufferPointer(loss.gradient))
    batches.recycle(batch)
    return value
  }
}
