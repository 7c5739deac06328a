import FoveaGraph

/// EfficientViT-SAM (Zhang et al., "EfficientViT-SAM: Accelerated Segment Anything Model Without Accuracy
/// Loss", CVPR workshops 2024): EfficientViT's L backbone before the prompt encoder and the mask decoder of
/// Segment Anything (Kirillov et al., ICCV 2023).
///
/// `graph` is the image encoder, image → `embedding`; the mask decoder is a graph of its own, and a
/// `PromptEncoder` makes the tokens between them. The size is fixed: the longest side 512 (L) or 1024 (XL).
public struct EfficientViTSAM: Architecture {
  /// `efficientvit_sam`.
  public var family: String
  /// Channels of the stages at strides 2, 4, 8, …
  public var widths: [Int]
  /// Blocks of the stages, beside the one that halves the map.
  public var depths: [Int]
  /// The stages' blocks.
  public var blocks: [EfficientViT.StageBlock]
  /// The stages' expansion ratios.
  public var expands: [Int]
  /// True for stages whose blocks have biases in place of the first normalisations.
  public var fewerNorm: [Bool]
  /// D of the attention's heads.
  public var headDimension: Int
  /// ε of every batch and layer norm.
  public var normEpsilon: Float
  /// ε of the attention's normaliser.
  public var attentionEpsilon: Float
  /// The activation of the image encoder.
  public var activation: Activation
  /// What joins the stages.
  public var neck: SAMNeck
  /// The mask decoder.
  public var decoder: MaskDecoder
  /// The prompt encoder.
  public var prompt: Prompt

  /// The prompt encoder's numbers.
  public struct Prompt: Codable, Hashable, Sendable {
    /// C of a prompt's token.
    public var width: Int
    /// H and W of the image embedding.
    public var embeddingSize: [Int]
    /// H and W of the frame in which prompts are given.
    public var imageSize: [Int]
    /// Channels of the mask prompts' layers, which are not used.
    public var maskChannels: Int

    enum CodingKeys: String, CodingKey {
      case width = "embed_dim"
      case embeddingSize = "image_embedding_size"
      case imageSize = "input_image_size"
      case maskChannels = "mask_in_chans"
    }
  }

  enum CodingKeys: String, CodingKey {
    case family, widths, depths, blocks, expands, activation, neck, decoder, prompt
    case fewerNorm = "fewer_norm"
    case headDimension = "head_dim"
    case normEpsilon = "norm_eps"
    case attentionEpsilon = "attention_eps"
  }

  /// `efficientvit_sam`.
  public static let families = ["efficientvit_sam"]

  /// What all published variants share.
  public static func defaults(family: String) -> JSONValue {
    LargeBackbone.defaults.merging([
      "family": "efficientvit_sam", "head_dim": 32, "norm_eps": 1e-6, "attention_eps": 1e-15,
      "activation": "gelu_tanh",
      "neck": [
        "fid_list": ["stage4", "stage3", "stage2"], "head_width": 256, "expand_ratio": 1, "middle_op": "fmb",
        "out_dim": 256, "size": [64, 64],
      ],
      "decoder": [
        "depth": 2, "embedding_dim": 256, "mlp_dim": 2048, "num_heads": 8, "iou_head_depth": 3,
        "iou_head_hidden_dim": 256, "num_multimask_outputs": 3,
      ],
      "prompt": [
        "embed_dim": 256, "image_embedding_size": [64, 64], "input_image_size": [1024, 1024],
        "mask_in_chans": 16,
      ],
    ])
  }

  /// Checks every number; the parts agree on the width of a token.
  public func validate() throws(ModelError) {
    try check("widths", widths, in: Limit.channels)
    try check("widths", [widths.count], in: 3...8)
    try check("depths", depths, in: Limit.depth, count: widths.count)
    try check("head_dim", headDimension, in: Limit.channels)
    try check("norm_eps", normEpsilon, in: Limit.epsilon)
    try check("attention_eps", attentionEpsilon, in: Limit.epsilon)
    try backbone.validate()
    try neck.validate(stages: widths.count)
    try decoder.validate()
    try check("prompt.embed_dim", prompt.width, in: decoder.width...decoder.width)
    try check("prompt.image_embedding_size", prompt.embeddingSize, in: 1...1024, count: 2)
    try check("prompt.input_image_size", prompt.imageSize, in: 1...65536, count: 2)
    try check("prompt.mask_in_chans", prompt.maskChannels, in: 4...1024)
    try check("neck.out_dim", neck.outputs, in: decoder.width...decoder.width)
  }

  /// Image → the stages → `embedding`, (B, 64, 64, 256).
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let scope = builder.root["image_encoder"]
    let stages = scope["backbone"].stages(builder.input(), backbone)
    for (index, stage) in stages.enumerated() { builder.name(stage, "stage\(index)") }
    let joined = scope["neck"].joined(stages, neck, style: style)
    builder.name(scope["norm"].layerNorm(joined, epsilon: normEpsilon), "embedding")
    return builder.graph()
  }

  /// The mask decoder, `mask_decoder`.
  public var furtherGraphs: [String: Graph] { ["mask_decoder": maskDecoder()] }

  /// Masks of what is pointed at, which are no classes.
  public var task: ModelTask? { nil }

  /// It has no classes to replace.
  public func head(for task: ModelTask) -> JSONValue? { nil }

  var style: ConvNormStyle { ConvNormStyle(normEpsilon: normEpsilon, activation: activation) }

  private var backbone: LargeBackbone {
    LargeBackbone(
      widths: widths, depths: depths, blocks: blocks, expands: expands, isLight: fewerNorm,
      headDimension: headDimension, attentionEpsilon: attentionEpsilon, style: style)
  }
}
