import FoveaEngine
import FoveaGraph

/// The loss of a segmenter: its logits are resized bilinearly to the masks' size (corners not aligned), where
/// every pixel is a row of cross entropy, and of Dice where it has a weight.
///
/// The resized logits exist a row an image at a time.
public struct DenseLoss: Sendable {
  /// The loss of pixels.
  public var crossEntropy: CrossEntropy
  /// The weight of Dice beside the cross entropy; 0 leaves it out.
  public var diceWeight: Double
  /// Threads that share the images; the loss is the same for any number.
  public var threads: Int

  /// A loss of its parts.
  public init(crossEntropy: CrossEntropy = CrossEntropy(), diceWeight: Double = 0, threads: Int = 1) {
    (self.crossEntropy, self.diceWeight, self.threads) = (crossEntropy, diceWeight, threads)
  }

  /// The mean loss over the pixels of masks that have a class; logits (B, h, w, K), ids (B, H, W)
  /// → `gradient` (B, h, w, K).
  ///
  /// Images are divided among the threads; their losses are summed in order, so that the bits do not depend on
  /// how many there are. O(B·H·W·K).
  public func evaluate(
    _ logits: UnsafeBufferPointer<Float>, _ shape: Shape, ids: UnsafeBufferPointer<Int32>, height: Int,
    width: Int, gradient: UnsafeMutableBufferPointer<Float>
  ) -> Double {
    precondition(
      logits.count == shape.elements && gradient.count == shape.elements
        && ids.count == shape.batch * height * width,
      "dense loss: \(logits.count) logits of \(shape), \(ids.count) ids of \(height) x \(width)")
    precondition(
      crossEntropy.classWeights?.count ?? shape.channels == shape.channels,
      "dense loss: \(crossEntropy.classWeights?.count ?? 0) class weights of \(shape.channels) classes")
    let total = crossEntropy.totalWeight(of: ids, classes: shape.channels)
    gradient.update(repeating: 0)
    guard total > 0 else { return 0 }
    let images = (0..<shape.batch).map { image in
      DenseImage(
        image: image, shape: shape, height: height, width: width, logits: logits, ids: ids,
        gradient: gradient)
    }
    let dice = diceWeight > 0 ? sums(images, classes: shape.channels) : nil
    let losses = Results(count: images.count)
    forEachImage(images.count) { place in
      losses.values[place] = images[place].evaluate(
        crossEntropy, scale: 1 / total, dice: dice, diceScale: diceWeight)
    }
    return losses.values.reduce(0, +) / total + (dice.map { diceWeight * $0.loss } ?? 0)
  }

  private func sums(_ images: [DenseImage], classes: Int) -> Dice {
    var total = Dice(classes: classes)
    let parts = DiceParts(count: images.count, classes: classes)
    forEachImage(images.count) { parts.values[$0] = images[$0].diceSums() }
    for part in parts.values { total.add(part) }
    return total
  }

  private func forEachImage(_ count: Int, _ body: @Sendable (Int) -> Void) {
    let tasks = max(1, min(threads, count))
    _ = concurrentMap(tasks, threads: tasks) { task in
      for image in stride(from: task, to: count, by: tasks) { body(image) }
    }
  }
}

/// One number an image; each thread writes its own places.
private final class Results: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Double>

  init(count: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: 0)
  }

  deinit { values.deallocate() }
}

/// The sums of each image; each thread writes its own places.
private final class DiceParts: @unchecked Sendable {
  let values: UnsafeMutableBufferPointer<Dice>

  init(count: Int, classes: Int) {
    values = .allocate(capacity: count)
    values.initialize(repeating: Dice(classes: classes))
  }

  deinit {
    values.deinitialize()
    values.deallocate()
  }
}
