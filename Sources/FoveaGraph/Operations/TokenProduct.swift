/// The product of every pixel of a map with every token of a sequence, as SAM makes masks:
/// (B, H, W, C), (B, 1, M, C) → (B, H, W, M), out(y, x, m) = Σ_c map(y, x, c) · tokens(m, c).
public struct TokenProduct: OperationRules {
  /// M.
  public var count: Int

  /// The map's grid with M channels; throws where the tokens are others.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    var output = inputs[0]
    let expected = Shape(batch: output.batch, height: 1, width: count, channels: output.channels)
    guard inputs[1] == expected else {
      throw ShapeError("takes tokens of \(expected) and was given \(inputs[1])")
    }
    output.channels = count
    return output
  }

  /// B·H·W·M·C.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int { output.elements * inputs[0].channels }
}
