/// Rotary position encoding over all C channels of a map, before the split into heads, as MILA has it.
///
/// Channels (2i, 2i + 1) turn by the angle y·θ_i for i < C/4 and x·θ_(i − C/4) after, with
/// θ_i = base^(−i / (C/4)).
public struct RotaryEncoding: OperationRules {
  /// The base of the angles, 10 000.
  public var base: Float = 10_000

  /// The input's own shape; throws where C is no multiple of 4.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    guard inputs[0].channels.isMultiple(of: 4) else {
      throw ShapeError("rotary encoding takes a multiple of 4 channels, not \(inputs[0].channels)")
    }
    return inputs[0]
  }
}
