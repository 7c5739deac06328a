import FoveaGraph

/// EfficientViT's segmentation head: stages projected to one width, resized to the finest, summed, mixed.
public struct SegmentationHead: Codable, Hashable, Sendable {
  /// The stages that it reads, coarsest first; the last one's grid is the logits'.
  public var stages: [String]
  /// Channels in which the stages are summed.
  public var width: Int
  /// Blocks after the sum.
  public var depth: Int
  /// The expansion of these blocks.
  public var expansion: Int
  /// `mbconv` or `fmbconv`.
  public var middle: Middle
  /// The expansion of a layer before the classes, where there is one.
  public var finalExpansion: Int?

  /// The block after the sum.
  public enum Middle: String, Codable, Sendable {
    case inverted = "mbconv"
    case fused = "fmbconv"
  }

  enum CodingKeys: String, CodingKey {
    case stages = "fid_list"
    case width = "head_width"
    case depth = "head_depth"
    case expansion = "expand_ratio"
    case middle = "middle_op"
    case finalExpansion = "final_expand"
  }

  func validate() throws(ModelError) {
    try check("seg_head.head_width", width, in: Limit.channels)
    try check("seg_head.head_depth", depth, in: Limit.depth)
    try check("seg_head.expand_ratio", expansion, in: Limit.ratio)
    if let finalExpansion { try check("seg_head.final_expand", finalExpansion, in: Limit.ratio) }
    try check("seg_head.fid_list", [stages.count], in: 1...5)
    for stage in stages where !["stage0", "stage1", "stage2", "stage3", "stage4"].contains(stage) {
      throw .outOfRange(
        key: "fovea.architecture.seg_head.fid_list", value: "\"\(stage)\"", limit: "stage0 to stage4")
    }
  }

  /// The maps that it reads of all stages.
  func inputs(_ all: [Value]) -> [Value] {
    stages.compactMap { name in name.last?.wholeNumberValue.map { all[$0] } }
  }
}

extension Scope {
  /// Stage outputs → logits (B, H/8, W/8, classes).
  ///
  /// Coarser stages are resized bicubically to the finest one's own grid, never by a factor.
  func segmentation(
    _ stages: [Value], _ head: SegmentationHead, classes: Int, style: ConvNormStyle
  ) -> Value {
    let maps = head.inputs(stages)
    let finest = maps[maps.count - 1]
    let projected = maps.enumerated().map { index, map in
      // the published code wraps those that are resized in a list of two layers
      let place = index < maps.count - 1 ? self["input_ops"][index]["op_list"][0] : self["input_ops"][index]
      let narrow = place.convNorm(map, head.width, style: style, isActive: false)
      return map == finest ? narrow : place.resize(narrow, like: finest, .bicubic)
    }
    var x = projected.dropFirst().reduce(projected[0]) { self["input_ops"].add($0, $1) }
    for index in 0..<head.depth { x = self["middle"]["op_list"][index]["main"].middleBlock(x, head, style) }
    let output = self["output_ops"][0]["op_list"]
    guard let expansion = head.finalExpansion else {
      return output[0]["conv"].convolution(x, outputs: classes, bias: true)
    }
    let wide = output[0].convNorm(x, head.width * expansion, style: style)
    return output[1]["conv"].convolution(wide, outputs: classes, bias: true)
  }

  private func middleBlock(_ input: Value, _ head: SegmentationHead, _ style: ConvNormStyle) -> Value {
    let middle = head.width * head.expansion
    return residual(input) { scope, x in
      switch head.middle {
      case .inverted:
        scope.invertedBottleneck(x, x.channels, middle: middle, names: .efficientViT, style: style)
      case .fused: scope.fusedBottleneck(x, x.channels, middle: middle, style: style)
      }
    }
  }

  /// The coarsest stage → (B, 1, 1, classes): a wider map, its mean, a layer with layer norm, the classes.
  func classification(
    _ map: Value, widths: [Int], classes: Int, style: ConvNormStyle, firstNormEpsilon: Float
  ) -> Value {
    let layers = self["op_list"]
    var first = style
    first.normEpsilon = firstNormEpsilon
    let wide = layers[0].convNorm(map, widths[0], style: first)
    let mean = layers[1].globalAverage(wide)
    let hidden = layers[2]["linear"].linear(mean, outputs: widths[1], bias: false)
    let normed = layers[2]["norm"].layerNorm(hidden, epsilon: style.normEpsilon)
    let active = layers[2].activation(normed, style.activation)
    return layers[3]["linear"].linear(active, outputs: classes)
  }
}
