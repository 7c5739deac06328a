import FoveaGraph

/// Fovea's own hybrid: three convolutional stages, one of focused linear attention (FLatten Transformer,
/// ICCV 2023), one of multi-scale ReLU linear attention (EfficientViT, ICCV 2023); strides 2 to 32 unless the
/// config says otherwise.
///
/// Every height and width from 1: strides round up, and nothing is tied to a size.
public struct FoveaHybrid: Architecture {
  /// `fovea`.
  public var family: String
  /// Channels of the five stages.
  public var widths: [Int]
  /// Blocks of the five stages.
  public var depths: [Int]
  /// By how much each stage divides height and width.
  public var strides: [Int]
  /// The expansion of inverted bottlenecks.
  public var expandRatio: Int
  /// The attention of the fourth stage: focused, but for comparisons.
  public var attention: AttentionChoice
  /// D of the focused attention's heads.
  public var focusedHeadDimension: Int
  /// p of the focusing map.
  public var focusingFactor: Int
  /// The side of the depthwise kernel that restores the attention's rank.
  public var rankRestorationKernel: Int
  /// The expansion of the MLP.
  public var mlpRatio: Int
  /// D of the multi-scale attention's heads.
  public var multiscaleHeadDimension: Int
  /// The sides of the kernels that aggregate tokens.
  public var multiscaleKernels: [Int]
  /// ε of batch norms.
  public var batchNormEpsilon: Float
  /// ε of layer norms.
  public var layerNormEpsilon: Float
  /// ε of the focused attention's normaliser, and what is added after its ReLU.
  public var focusedAttentionEpsilon: Float
  /// ε of the multi-scale attention's normaliser.
  public var multiscaleAttentionEpsilon: Float
  /// The activation of convolutional layers.
  public var activation: Activation
  /// The activation of the MLP.
  public var mlpActivation: Activation
  /// The classifier or the segmenter.
  public var head: HybridHead
  /// Classes.
  public var classCount: Int

  enum CodingKeys: String, CodingKey {
    case family, widths, depths, strides, attention, activation, head
    case expandRatio = "expand_ratio"
    case focusedHeadDimension = "focused_head_dim"
    case focusingFactor = "focusing_factor"
    case rankRestorationKernel = "rank_restoration_kernel"
    case mlpRatio = "mlp_ratio"
    case multiscaleHeadDimension = "multiscale_head_dim"
    case multiscaleKernels = "multiscale_kernels"
    case batchNormEpsilon = "batch_norm_eps"
    case layerNormEpsilon = "layer_norm_eps"
    case focusedAttentionEpsilon = "focused_attention_eps"
    case multiscaleAttentionEpsilon = "multiscale_attention_eps"
    case mlpActivation = "mlp_activation"
    case classCount = "num_classes"
  }

  /// `fovea`.
  public static let families = ["fovea"]

  /// The numbers of `fovea_nano`.
  public static func defaults(family: String) -> JSONValue {
    [
      "family": "fovea", "strides": [2, 2, 2, 2, 2], "attention": "focused", "expand_ratio": 4,
      "focused_head_dim": 16, "focusing_factor": 3, "rank_restoration_kernel": 5, "mlp_ratio": 4,
      "multiscale_head_dim": 16, "multiscale_kernels": [5],
      "batch_norm_eps": 1e-5, "layer_norm_eps": 1e-5, "focused_attention_eps": 1e-6,
      "multiscale_attention_eps": 1e-15, "activation": "hswish", "mlp_activation": "gelu",
      "num_classes": 1000, "head": ["type": "classifier"],
    ]
  }

  /// `fovea_nano`, and `fovea_small` for images of 64², classifiers; the segmenter is another head in the config.
  public static let variants = [
    Variant(
      name: "fovea_nano",
      numbers: defaults(family: "fovea").merging([
        "widths": [16, 32, 48, 96, 160], "depths": [1, 2, 2, 3, 2],
      ]),
      preprocessing: preprocessing(side: 224), labelSet: nil),
    Variant(
      name: "fovea_small",
      numbers: defaults(family: "fovea").merging([
        "widths": [32, 64, 128, 192, 256], "depths": [1, 2, 2, 3, 2], "strides": [2, 2, 2, 1, 2],
      ]),
      preprocessing: preprocessing(side: 64), labelSet: nil),
  ]

  private static func preprocessing(side: Int) -> PreprocessingConfiguration {
    var preprocessing = PreprocessingConfiguration(height: side, width: side)
    preprocessing.interpolation = .bilinear
    preprocessing.cropFraction = 1
    return preprocessing
  }

  /// Checks every number; head dimensions divide the widths of the stages that attend.
  public func validate() throws(ModelError) {
    try check("widths", widths, in: Limit.channels, count: 5)
    try check("depths", depths, in: 1...256, count: 5)
    try check("strides", strides, in: 1...4, count: 5)
    try check("expand_ratio", expandRatio, in: Limit.ratio)
    try check("mlp_ratio", mlpRatio, in: Limit.ratio)
    try check("focused_head_dim", focusedHeadDimension, in: Limit.channels)
    try check("widths.3", widths[3], isMultipleOf: focusedHeadDimension)
    try check("multiscale_head_dim", multiscaleHeadDimension, in: Limit.channels)
    try check("widths.4", widths[4], isMultipleOf: multiscaleHeadDimension)
    try check("focusing_factor", focusingFactor, in: 1...16)
    guard attention != .performer else {
      throw .outOfRange(
        key: "fovea.architecture.attention", value: "\"performer\"", limit: "what needs no random features")
    }
    try check("rank_restoration_kernel", rankRestorationKernel, in: 1...31)
    try check("multiscale_kernels", multiscaleKernels.count, in: 0...Limit.scales)
    try check("multiscale_kernels", multiscaleKernels, in: 1...31)
    try check("batch_norm_eps", batchNormEpsilon, in: Limit.epsilon)
    try check("layer_norm_eps", layerNormEpsilon, in: Limit.epsilon)
    try check("focused_attention_eps", focusedAttentionEpsilon, in: Limit.epsilon)
    try check("multiscale_attention_eps", multiscaleAttentionEpsilon, in: Limit.epsilon)
    try check("num_classes", classCount, in: Limit.classes)
    try head.validate()
  }

  /// The head decides.
  public var task: ModelTask? { head.type == .segmenter ? .segmentation : .classification }

  /// One head or the other; the segmenter's is that of the models inside the binary.
  public func head(for task: ModelTask) -> JSONValue? {
    switch (task, head.type) {
    case (.classification, .classifier), (.segmentation, .segmenter): [:]
    case (.classification, .segmenter): ["head": ["type": "classifier"]]
    case (.segmentation, .classifier):
      ["head": ["type": "segmenter", "width": 64, "depth": 2, "upsampling": "bicubic", "upscale": 2]]
    }
  }

  var style: ConvNormStyle { ConvNormStyle(normEpsilon: batchNormEpsilon, activation: activation) }
}
