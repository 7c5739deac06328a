/// A transposed convolution whose kernel is its stride, so that every output pixel has one source.
///
/// (B, H, W, I) → (B, kH, kW, O): out(k·y + i, k·x + j, o) = bias(o) + Σ_c in(y, x, c) · weight(c, o, i, j).
public struct TransposedConvolution: OperationRules {
  /// The weight, (I, O, k, k).
  public var weight: Parameter
  /// The bias, (O).
  public var bias: Parameter
  /// I.
  public var inputChannels: Int
  /// O.
  public var outputChannels: Int
  /// k, the kernel's height and width, and the stride.
  public var kernel: Int

  /// The grid k times as large; throws where the channels differ.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.channels == inputChannels else {
      throw ShapeError("takes \(inputChannels) channels and was given \(input)")
    }
    return Shape(
      batch: input.batch, height: input.height * kernel, width: input.width * kernel,
      channels: outputChannels)
  }

  /// The weight and the bias.
  public var parameters: [Parameter] { [weight, bias] }

  /// B·kH·kW·O·I.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int { output.elements * inputChannels }
}
