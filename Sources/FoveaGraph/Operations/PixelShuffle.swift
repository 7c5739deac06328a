/// Channels as pixels, as super-resolution's last layer and PyTorch's PixelShuffle have it:
/// (B, H, W, C·r²) → (B, rH, rW, C).
///
/// Channel c of pixel (r·y + i, r·x + j) is channel c·r² + i·r + j of pixel (y, x).
public struct PixelShuffle: OperationRules {
  /// r, by how much the grid grows.
  public var factor: Int

  /// A shuffle by a factor of at least 1.
  public init(factor: Int) { self.factor = factor }

  /// The grid r times as large; throws where the channels are no multiple of r².
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard factor > 0, input.channels.isMultiple(of: factor * factor) else {
      throw ShapeError("a shuffle by \(factor) takes a multiple of \(factor * factor) channels, not \(input)")
    }
    return Shape(
      batch: input.batch, height: factor * input.height, width: factor * input.width,
      channels: input.channels / (factor * factor))
  }
}

extension Scope {
  /// Channels as pixels of a grid `factor` times as large: (B, H, W, C·r²) → (B, rH, rW, C).
  public func pixelShuffle(_ input: Value, factor: Int) -> Value {
    append(
      .pixelShuffle(PixelShuffle(factor: factor)), [input],
      channels: input.channels / max(1, factor * factor))
  }
}
