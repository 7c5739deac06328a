/// The sum or the product of two maps, element by element.
///
/// Equal shapes, or the second repeats: over the batch (1, H, W, C), or over every pixel (1, 1, 1, C).
public struct Combination: OperationRules {
  /// What is done to each pair of elements.
  public enum Kind: Sendable { case add, multiply }
  /// Add or multiply.
  public var kind: Kind

  /// The first input's shape; throws where the second neither equals it nor repeats over it.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    let (first, second) = (inputs[0], inputs[1])
    let perPixel = Shape(batch: second.batch, height: 1, width: 1, channels: first.channels)
    var overBatch = first
    overBatch.batch = 1
    guard
      second == first || second == overBatch
        || (second == perPixel && (second.batch == 1 || second.batch == first.batch))
    else { throw ShapeError("maps of \(first) and \(second) do not combine") }
    return first
  }
}
