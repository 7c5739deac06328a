import FoveaGraph

/// The backbone of the L series: whole convolutions in the early stages, where they run faster.
struct LargeBackbone {
  var widths: [Int]
  var depths: [Int]
  var blocks: [EfficientViT.StageBlock]
  var expands: [Int]
  var isLight: [Bool]
  var headDimension: Int
  var attentionEpsilon: Float
  var style: ConvNormStyle

  /// The blocks of all published variants but the largest SAMs.
  static let defaults: JSONValue = [
    "blocks": ["res", "fmb", "fmb", "mb", "att"],
    "expands": [1, 4, 4, 4, 6],
    "fewer_norm": [false, false, false, true, true],
  ]

  func validate() throws(ModelError) {
    let stages = widths.count
    try check("blocks", [blocks.count], in: stages...stages)
    try check("expands", expands, in: Limit.ratio, count: stages)
    try check("fewer_norm", [isLight.count], in: stages...stages)
    for (stage, block) in blocks.enumerated() where block == .attention || block == .attention3 {
      try check("widths.\(stage)", widths[stage], isMultipleOf: headDimension)
    }
  }
}

extension Scope {
  /// Image → a map a stage, at strides 2, 4, 8, …
  func stages(_ image: Value, _ backbone: LargeBackbone) -> [Value] {
    var stages: [Value] = []
    for index in backbone.widths.indices {
      let scope = self["stages"][index]["op_list"]
      var x =
        stages.last.map { scope.halving($0, index, backbone) }
        ?? scope[0].convNorm(image, backbone.widths[0], kernel: 3, stride: 2, style: backbone.style)
      for depth in 0..<backbone.depths[index] { x = scope[depth + 1].block(x, index, backbone) }
      stages.append(x)
    }
    return stages
  }

  /// The block that halves the map, with four times the stage's expansion.
  private func halving(_ input: Value, _ stage: Int, _ backbone: LargeBackbone) -> Value {
    let outputs = backbone.widths[stage]
    let middle = input.channels * backbone.expands[stage] * 4
    if backbone.blocks[stage] == .fused {
      return self[0]["main"].fusedBottleneck(
        input, outputs, middle: middle, stride: 2, style: backbone.style, isLight: backbone.isLight[stage])
    }
    return self[0]["main"].invertedBottleneck(
      input, outputs, middle: middle, stride: 2, names: .efficientViT, style: backbone.style,
      isLight: backbone.isLight[stage])
  }

  private func block(_ input: Value, _ stage: Int, _ backbone: LargeBackbone) -> Value {
    let (style, isLight) = (backbone.style, backbone.isLight[stage])
    let middle = input.channels * backbone.expands[stage]
    let kind = backbone.blocks[stage]
    switch kind {
    case .residual:
      return self["main"].residual(input) {
        $0.doubleConvolution($1, $1.channels, style: style, isLight: isLight)
      }
    case .fused:
      return self["main"].residual(input) {
        $0.fusedBottleneck($1, $1.channels, middle: middle, style: style, isLight: isLight)
      }
    case .inverted:
      return self["main"].residual(input) {
        $0.invertedBottleneck(
          $1, $1.channels, middle: middle, names: .efficientViT, style: style, isLight: isLight)
      }
    case .attention, .attention3:
      return efficientViTBlock(
        input,
        EfficientViTBlock(
          headDimension: backbone.headDimension, kernel: kind == .attention3 ? 3 : 5,
          expansion: backbone.expands[stage], attentionEpsilon: backbone.attentionEpsilon, style: style))
    }
  }
}
