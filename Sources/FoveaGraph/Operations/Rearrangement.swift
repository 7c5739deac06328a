/// An axis along which maps are joined and cut.
public enum Axis: Sendable { case width, channels }

/// Maps side by side, along the channels or along the tokens (width, for maps of height 1).
///
/// A map of batch 1 (a class token) repeats over the batch of the others.
public struct Concatenation: OperationRules {
  /// Where they are joined.
  public var axis: Axis

  /// The sum of the extents on the axis; throws where the other extents differ.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    var output = inputs[0]
    output.batch = inputs.map(\.batch).max() ?? 1
    for input in inputs.dropFirst() {
      var aligned = input
      aligned.batch = inputs[0].batch
      switch axis {
      case .channels:
        aligned.channels = inputs[0].channels
        output.channels += input.channels
      case .width:
        aligned.width = inputs[0].width
        output.width += input.width
      }
      guard aligned == inputs[0], input.batch == 1 || input.batch == output.batch else {
        throw ShapeError("maps of \(inputs[0]) and \(input) cannot be joined along \(axis)")
      }
    }
    return output
  }
}

/// A run of channels, or of tokens, of a map.
public struct Slice: OperationRules {
  /// Where it is cut.
  public var axis: Axis
  /// The first kept position.
  public var start: Int
  /// How many are kept; nil keeps the rest.
  public var count: Int?

  /// Some of the elements.
  public var isPart: Bool { true }

  /// The input's shape with the kept extent on the axis.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    var output = inputs[0]
    let extent = axis == .channels ? output.channels : output.width
    let kept = count ?? extent - start
    guard start >= 0, kept > 0, start + kept <= extent else {
      throw ShapeError("\(start)..<\(start + kept) lies outside \(extent) \(axis)")
    }
    if axis == .channels { output.channels = kept } else { output.width = kept }
    return output
  }
}

/// The same tokens in the same order, as another grid.
public struct Reshape: OperationRules {
  /// The grid that the tokens take.
  public enum Grid: Sendable, Hashable {
    /// One row of all tokens: (B, 1, N, C).
    case sequence
    /// The second input's grid.
    case reference
  }
  /// The output's grid.
  public var grid: Grid

  /// The new grid; throws where the token counts differ.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    var output = inputs[0]
    switch grid {
    case .sequence: (output.height, output.width) = (1, inputs[0].tokens)
    case .reference: (output.height, output.width) = (inputs[1].height, inputs[1].width)
    }
    guard output.tokens == inputs[0].tokens else {
      throw ShapeError("\(inputs[0]) has no grid of \(output.height)×\(output.width)")
    }
    return output
  }

  /// The first: a reference gives its grid.
  public func elementInputs(of count: Int) -> Int { 1 }
  /// The same elements.
  public var isPart: Bool { true }
}

/// Blocks of 2×2 pixels as one pixel: (B, H, W, C) → (B, ⌈H/2⌉, ⌈W/2⌉, 4C), as Swin merges patches.
///
/// Channel (2·dx + dy)·C + c of pixel (y, x) is channel c of pixel (2y + dy, 2x + dx); zero outside the map.
public struct SpaceToDepth: OperationRules {
  /// Half the grid, four times the channels.
  public func outputShape(for inputs: [Shape]) -> Shape {
    let input = inputs[0]
    return Shape(
      batch: input.batch, height: (input.height + 1) / 2, width: (input.width + 1) / 2,
      channels: 4 * input.channels)
  }
}

/// The mean over all pixels: (B, H, W, C) → (B, 1, 1, C).
public struct GlobalAverage: OperationRules {
  /// One pixel.
  public func outputShape(for inputs: [Shape]) -> Shape {
    Shape(batch: inputs[0].batch, height: 1, width: 1, channels: inputs[0].channels)
  }
}
