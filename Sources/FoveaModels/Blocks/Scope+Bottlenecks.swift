import FoveaGraph

/// What the convolutions of bottlenecks are called in a checkpoint.
struct BottleneckNames {
  var expand: String
  var depth: String
  var project: String
  /// The pointwise convolution of a depthwise-separable one.
  var point: String

  /// The names of EfficientViT's code.
  static let efficientViT = BottleneckNames(
    expand: "inverted_conv", depth: "depth_conv", project: "point_conv", point: "point_conv")
  /// The names of the hybrid's specification.
  static let hybrid = BottleneckNames(
    expand: "expand", depth: "depth", project: "project", point: "point")
}

extension Scope {
  /// Inverted bottleneck (MobileNetV2): (B, H, W, I) → (B, H/s, W/s, O), with M channels between.
  ///
  /// With `isLight` the first two convolutions have a bias in place of a normalisation.
  func invertedBottleneck(
    _ input: Value, _ outputs: Int, middle: Int, stride: Int = 1, names: BottleneckNames,
    style: ConvNormStyle, isLight: Bool = false
  ) -> Value {
    // [I] → [M], spatial mixing within each channel, [M] → [O]
    let expanded = self[names.expand].convNorm(input, middle, style: style, isNormed: !isLight)
    let mixed = self[names.depth].convNorm(
      expanded, middle, kernel: 3, stride: stride, groups: middle, style: style, isNormed: !isLight)
    return self[names.project].convNorm(mixed, outputs, style: style, isActive: false)
  }

  /// Depthwise 3×3, then pointwise: (B, H, W, I) → (B, H, W, O).
  func separableConvolution(
    _ input: Value, _ outputs: Int, names: BottleneckNames, style: ConvNormStyle
  ) -> Value {
    let mixed = self[names.depth].convNorm(
      input, input.channels, kernel: 3, groups: input.channels, style: style)
    return self[names.point].convNorm(mixed, outputs, style: style, isActive: false)
  }

  /// Fused inverted bottleneck (EfficientNetV2): a whole 3×3 convolution to M channels, then pointwise.
  func fusedBottleneck(
    _ input: Value, _ outputs: Int, middle: Int, stride: Int = 1, style: ConvNormStyle,
    isLight: Bool = false
  ) -> Value {
    let mixed = self["spatial_conv"].convNorm(
      input, middle, kernel: 3, stride: stride, style: style, isNormed: !isLight)
    return self["point_conv"].convNorm(mixed, outputs, style: style, isActive: false)
  }

  /// Two 3×3 convolutions: (B, H, W, I) → (B, H/s, W/s, O).
  func doubleConvolution(
    _ input: Value, _ outputs: Int, stride: Int = 1, style: ConvNormStyle, isLight: Bool = false
  ) -> Value {
    let mixed = self["conv1"].convNorm(
      input, input.channels, kernel: 3, stride: stride, style: style, isNormed: !isLight)
    return self["conv2"].convNorm(mixed, outputs, kernel: 3, style: style, isActive: false)
  }
}
