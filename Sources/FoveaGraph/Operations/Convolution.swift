/// A convolution with zero padding, and with kernel 1 a linear layer over the pixels.
///
/// (B, H, W, I) → (B, H', W', O) with H' = ⌊(H + 2·padding − kernel) / stride⌋ + 1, and W' alike.
public struct Convolution: OperationRules {
  /// The weight, (O, I / groups, kernel, kernel), or (O, I) for a linear layer, or
  /// (O / repeats, I / groups, kernel, kernel) where heads share kernels.
  public var weight: Parameter
  /// The bias, (O) or (O / repeats), where there is one.
  public var bias: Parameter?
  /// I.
  public var inputChannels: Int
  /// O.
  public var outputChannels: Int
  /// The kernel's height and width.
  public var kernel: Int
  /// The distance of output pixels in the input.
  public var stride: Int
  /// Zeros on each side.
  public var padding: Int
  /// Independent groups of channels; I = O = groups is a depthwise convolution.
  public var groups: Int
  /// How often the stored kernels follow one another over the channels: heads, for FLatten's shared DWC.
  public var repeats = 1

  /// A convolution of its parameters and its geometry.
  public init(
    weight: Parameter, bias: Parameter?, inputChannels: Int, outputChannels: Int, kernel: Int = 1,
    stride: Int = 1, padding: Int = 0, groups: Int = 1, repeats: Int = 1
  ) {
    self.weight = weight
    self.bias = bias
    self.inputChannels = inputChannels
    self.outputChannels = outputChannels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.groups = groups
    self.repeats = repeats
  }

  /// One filter a channel.
  public var isDepthwise: Bool { groups == inputChannels && groups == outputChannels }
  /// A linear layer over pixels.
  public var isPointwise: Bool { kernel == 1 && stride == 1 && padding == 0 }

  /// The output's shape; throws where the padded input is smaller than the kernel.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    let input = inputs[0]
    guard input.channels == inputChannels else {
      throw ShapeError("takes \(inputChannels) channels and was given \(input)")
    }
    let height = (input.height + 2 * padding - kernel) / stride + 1
    let width = (input.width + 2 * padding - kernel) / stride + 1
    guard min(input.height, input.width) + 2 * padding >= kernel else {
      throw ShapeError("a \(kernel)×\(kernel) kernel does not fit a map of \(input)")
    }
    return Shape(batch: input.batch, height: height, width: width, channels: outputChannels)
  }

  /// The weight, and the bias where there is one.
  public var parameters: [Parameter] { [weight] + (bias.map { [$0] } ?? []) }

  /// B·H'·W'·O·(I / groups)·kernel².
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int {
    output.elements * (inputChannels / groups) * kernel * kernel
  }
}
