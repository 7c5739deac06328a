/// How values between pixels are found when a map changes its size.
public enum Resampling: String, Sendable, Codable {
  /// PyTorch's bilinear, align_corners false, no antialias.
  case bilinear
  /// PyTorch's plain bicubic: a = −0.75, align_corners false, no antialias.
  case bicubic
  /// Antialiased bicubic, a = −0.5, as timm resizes position tables.
  case bicubicAntialiased = "bicubic_antialiased"
  /// The nearest pixel to the left and above.
  case nearest
}

/// A map resampled to the grid of the second input, or to a fixed one.
public struct Resize: OperationRules {
  /// The output's grid.
  public enum Target: Sendable, Hashable {
    /// The second input's height and width.
    case reference
    /// A fixed height and width.
    case fixed(height: Int, width: Int)
  }
  /// Bilinear, bicubic, …
  public var method: Resampling
  /// The output's grid.
  public var target: Target

  /// The input's shape on the target's grid.
  public func outputShape(for inputs: [Shape]) -> Shape {
    var output = inputs[0]
    switch target {
    case .reference: (output.height, output.width) = (inputs[1].height, inputs[1].width)
    case .fixed(let height, let width): (output.height, output.width) = (height, width)
    }
    return output
  }

  /// The first: a reference gives its grid.
  public func elementInputs(of count: Int) -> Int { 1 }
}
