import FoveaGraph

/// The backbone of the B series: a convolutional stem, two convolutional stages, two that attend.
struct SmallBackbone {
  static let expansion = 4
  var widths: [Int]
  var depths: [Int]
  var headDimension: Int
  var attentionEpsilon: Float
  var style: ConvNormStyle
}

/// An EfficientViT module (figure 3 of the paper): global context by linear attention, then local mixing.
struct EfficientViTBlock {
  var headDimension: Int
  var kernel: Int
  var expansion: Int
  var attentionEpsilon: Float
  var style: ConvNormStyle
}

extension Scope {
  /// Image → five maps at strides 2, 4, 8, 16, 32; the first is the stem's.
  func stages(_ image: Value, _ backbone: SmallBackbone) -> [Value] {
    var stages = [self["input_stem"].stem(image, backbone)]
    for index in 1...4 {
      let scope = self["stages"][index - 1]["op_list"]
      stages.append(
        index <= 2
          ? scope.convolutionalStage(stages[index - 1], index, backbone)
          : scope.attendingStage(stages[index - 1], index, backbone))
    }
    return stages
  }

  private func stem(_ image: Value, _ backbone: SmallBackbone) -> Value {
    let width = backbone.widths[0]
    let layers = self["op_list"]
    var x = layers[0].convNorm(image, width, kernel: 3, stride: 2, style: backbone.style)
    for index in 0..<backbone.depths[0] {
      x = layers[index + 1]["main"].residual(x) { scope, x in
        scope.separableConvolution(x, width, names: .efficientViT, style: backbone.style)
      }
    }
    return x
  }

  private func convolutionalStage(_ input: Value, _ stage: Int, _ backbone: SmallBackbone) -> Value {
    var x = input
    for index in 0..<backbone.depths[stage] {
      let y = self[index]["main"].invertedBottleneck(
        x, backbone.widths[stage], middle: x.channels * SmallBackbone.expansion,
        stride: index == 0 ? 2 : 1, names: .efficientViT, style: backbone.style)
      x = index == 0 ? y : self[index].add(x, y)
    }
    return x
  }

  private func attendingStage(_ input: Value, _ stage: Int, _ backbone: SmallBackbone) -> Value {
    var x = self[0]["main"].invertedBottleneck(
      input, backbone.widths[stage], middle: input.channels * SmallBackbone.expansion, stride: 2,
      names: .efficientViT, style: backbone.style, isLight: true)
    let block = EfficientViTBlock(
      headDimension: backbone.headDimension, kernel: 5, expansion: SmallBackbone.expansion,
      attentionEpsilon: backbone.attentionEpsilon, style: backbone.style)
    for index in 0..<backbone.depths[stage] { x = self[index + 1].efficientViTBlock(x, block) }
    return x
  }

  /// Linear attention, then an inverted bottleneck, each added to its input: (B, H, W, C) → (B, H, W, C).
  func efficientViTBlock(_ input: Value, _ block: EfficientViTBlock) -> Value {
    let attention = MultiScaleAttention(
      headDimension: block.headDimension, kernels: [block.kernel], epsilon: block.attentionEpsilon,
      names: .efficientViT, style: block.style)
    let context = self["context_module"]["main"].residual(input) { $0.multiScaleAttention($1, attention) }
    return self["local_module"]["main"].residual(context) { scope, x in
      scope.invertedBottleneck(
        x, x.channels, middle: x.channels * block.expansion, names: .efficientViT, style: block.style,
        isLight: true)
    }
  }
}
