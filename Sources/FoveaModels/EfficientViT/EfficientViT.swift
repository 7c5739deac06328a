import FoveaGraph

/// EfficientViT (Cai et al., "EfficientViT: Multi-Scale Linear Attention for High-Resolution Dense
/// Prediction", ICCV 2023): the B and the L series, for classification and for segmentation.
///
/// Every height and width from 1: strides round up, and the attention has no positions to resize.
public struct EfficientViT: Architecture {
  /// `efficientvit_b`, `efficientvit_l`, `efficientvit_seg_b` or `efficientvit_seg_l`.
  public var family: String
  /// Channels of the stages at strides 2, 4, 8, 16, 32.
  public var widths: [Int]
  /// Blocks of the stages, beside the one that halves the map.
  public var depths: [Int]
  /// D of the attention's heads.
  public var headDimension: Int
  /// The blocks of the L series' stages: `res`, `fmb`, `mb`, `att` (5×5 scale) or `att@3`.
  public var blocks: [StageBlock]?
  /// The expansion ratios of the L series' stages.
  public var expands: [Int]?
  /// True for the L series' stages whose blocks have biases in place of the first normalisations.
  public var fewerNorm: [Bool]?
  /// ε of the batch and layer norms.
  public var normEpsilon: Float
  /// ε of the head's first normalisation where it differs (timm's L series).
  public var headNormEpsilon: Float?
  /// ε of the attention's normaliser.
  public var attentionEpsilon: Float
  /// The activation of all layers but the attention.
  public var activation: Activation
  /// Classes.
  public var classCount: Int
  /// Channels of the classification head's two layers.
  public var headWidths: [Int]?
  /// The segmentation head.
  public var segmentationHead: SegmentationHead?

  /// A kind of block.
  public enum StageBlock: String, Codable, Sendable {
    case residual = "res"
    case fused = "fmb"
    case inverted = "mb"
    case attention = "att"
    case attention3 = "att@3"
  }

  enum CodingKeys: String, CodingKey {
    case family, widths, depths, blocks, expands, activation
    case headDimension = "head_dim"
    case fewerNorm = "fewer_norm"
    case normEpsilon = "norm_eps"
    case headNormEpsilon = "head_norm_eps"
    case attentionEpsilon = "attention_eps"
    case classCount = "num_classes"
    case headWidths = "head_widths"
    case segmentationHead = "seg_head"
  }

  /// The four families.
  public static let families = [
    "efficientvit_b", "efficientvit_l", "efficientvit_seg_b", "efficientvit_seg_l",
  ]

  /// The published epsilons and activations; the L series' blocks.
  public static func defaults(family: String) -> JSONValue {
    guard family.hasSuffix("_l") else {
      return ["norm_eps": 1e-5, "attention_eps": 1e-15, "activation": "hswish", "num_classes": 1000]
    }
    return LargeBackbone.defaults.merging([
      "norm_eps": 1e-7, "attention_eps": 1e-15, "activation": "gelu_tanh", "num_classes": 1000,
    ])
  }

  /// Checks every number; the head dimension divides the widths of the stages that attend.
  public func validate() throws(ModelError) {
    try check("widths", widths, in: Limit.channels, count: 5)
    try check("depths", depths, in: Limit.depth, count: 5)
    try check("head_dim", headDimension, in: Limit.channels)
    try check("norm_eps", normEpsilon, in: Limit.epsilon)
    try check("attention_eps", attentionEpsilon, in: Limit.epsilon)
    try check("num_classes", classCount, in: Limit.classes)
    if let headWidths { try check("head_widths", headWidths, in: Limit.channels, count: 2) }
    if let large {
      try large.validate()
    } else {
      for stage in 3...4 { try check("widths.\(stage)", widths[stage], isMultipleOf: headDimension) }
    }
    try segmentationHead?.validate()
    if family.hasSuffix("_l"), large == nil {
      throw .missingKey("fovea.architecture.blocks, expands and fewer_norm")
    }
    guard (headWidths == nil) != (segmentationHead == nil) else {
      throw .missingKey("fovea.architecture.head_widths or seg_head (one of them)")
    }
  }

  /// Image → stages at strides 4…32 (2…32 for L) → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let x = builder.input()
    let scope = builder.root["backbone"]
    let stages = large.map { scope.stages(x, $0) } ?? scope.stages(x, small)
    let isLarge = large != nil
    for (index, stage) in stages.enumerated() where isLarge || index > 0 {
      builder.name(stage, "stage\(index)")
    }
    let head = builder.root["head"]
    let logits =
      segmentationHead.map { head.segmentation(stages, $0, classes: classCount, style: style) }
      ?? head.classification(
        stages[4], widths: headWidths ?? [], classes: classCount, style: style,
        firstNormEpsilon: headNormEpsilon ?? normEpsilon)
    builder.name(logits, "logits")
    return builder.graph()
  }

  /// The head decides.
  public var task: ModelTask? { segmentationHead == nil ? .classification : .segmentation }
  /// The published evaluation upsamples bicubically.
  public var logitsUpsampling: PreprocessingConfiguration.Interpolation? {
    segmentationHead == nil ? nil : .bicubic
  }

  /// The other task is the other family of the series. The head's channels follow from the backbone's as they do
  /// in most of the published variants; its depth is theirs.
  public func head(for task: ModelTask) -> JSONValue? {
    guard (task == .segmentation) != (segmentationHead != nil) else { return [:] }
    let series = family.hasSuffix("_l") ? "l" : "b"
    guard task == .segmentation else {
      let width = widths[4]
      return [
        "family": .string("efficientvit_\(series)"), "seg_head": .null,
        "head_widths": [.integer(6 * width), .integer(25 * width / 4)],
      ]
    }
    let head: JSONValue = [
      "fid_list": ["stage4", "stage3", "stage2"], "head_width": .integer(widths[2]), "head_depth": 3,
      "expand_ratio": 4, "middle_op": series == "l" ? "fmbconv" : "mbconv",
      "final_expand": series == "l" ? 8 : 4,
    ]
    return [
      "family": .string("efficientvit_seg_\(series)"), "seg_head": head, "head_widths": .null,
    ]
  }

  private var style: ConvNormStyle { ConvNormStyle(normEpsilon: normEpsilon, activation: activation) }

  private var small: SmallBackbone {
    SmallBackbone(
      widths: widths, depths: depths, headDimension: headDimension, attentionEpsilon: attentionEpsilon,
      style: style)
  }

  private var large: LargeBackbone? {
    guard family.hasSuffix("_l"), let blocks, let expands, let fewerNorm else { return nil }
    return LargeBackbone(
      widths: widths, depths: depths, blocks: blocks, expands: expands, isLight: fewerNorm,
      headDimension: headDimension, attentionEpsilon: attentionEpsilon, style: style)
  }
}
