import FoveaGraph

/// DeiT (Touvron et al., "Training data-efficient image transformers & distillation through attention",
/// ICML 2021), with the attention that the config chooses.
///
/// Any height and width from a patch: patches that the image cuts are left out, the position table is resized
/// as timm does (bicubic with antialias).
public struct DeiT: Architecture {
  /// `deit`.
  public var family: String
  /// The side of the images that the position table was trained for.
  public var imageSize: Int
  /// The side of a patch.
  public var patchSize: Int
  /// Classes.
  public var classCount: Int
  /// C.
  public var width: Int
  /// Blocks.
  public var depth: Int
  /// Heads.
  public var heads: Int
  /// M / C of the MLP.
  public var mlpRatio: Int
  /// True where q, k and v have biases.
  public var hasBias: Bool
  /// What the classes are read from.
  public var pool: Pool
  /// What relates the tokens.
  public var attention: AttentionChoice
  /// ε of the norms.
  public var normEpsilon: Float
  /// ε of a linear attention's normaliser.
  public var attentionEpsilon: Float
  /// p of focused attention.
  public var focusingFactor: Int
  /// The side of the depthwise kernel of focused attention.
  public var kernelSize: Int
  /// The seed of Performer's random features.
  public var seed: Int
  /// The number of Performer's random features where it is not 2·D·⌈ln D⌉.
  public var featureCount: Int?
  /// The MLP's activation.
  public var activation: Activation

  /// What the classes are read from, as timm names it.
  public enum Pool: String, Codable, Sendable {
    /// The class token, after `norm`.
    case token
    /// The mean of the patches, then `fc_norm`.
    case average = "avg"
  }

  enum CodingKeys: String, CodingKey {
    case family, depth, attention, activation
    case seed = "performer_seed"
    case featureCount = "performer_features"
    case imageSize = "img_size"
    case pool = "global_pool"
    case patchSize = "patch_size"
    case classCount = "num_classes"
    case width = "embed_dim"
    case heads = "num_heads"
    case mlpRatio = "mlp_ratio"
    case hasBias = "qkv_bias"
    case normEpsilon = "norm_eps"
    case attentionEpsilon = "attention_eps"
    case focusingFactor = "focusing_factor"
    case kernelSize = "kernel_size"
  }

  /// `deit`.
  public static let families = ["deit"]

  /// What all published variants share; softmax attention.
  public static func defaults(family: String) -> JSONValue {
    [
      "family": "deit", "img_size": 224, "patch_size": 16, "num_classes": 1000, "depth": 12, "mlp_ratio": 4,
      "global_pool": "token", "qkv_bias": true, "attention": "softmax", "norm_eps": 1e-6,
      "attention_eps": 1e-6,
      "focusing_factor": 3, "kernel_size": 5, "performer_seed": 0, "activation": "gelu",
    ]
  }

  /// Tiny, small and base.
  public static let variants: [Variant] = [
    variant("tiny", ["embed_dim": 192, "num_heads": 3]),
    variant("small", ["embed_dim": 384, "num_heads": 6]),
    variant("base", ["embed_dim": 768, "num_heads": 12]),
  ]

  private static func variant(_ size: String, _ numbers: JSONValue) -> Variant {
    var preprocessing = PreprocessingConfiguration(height: 224, width: 224)
    preprocessing.cropFraction = 0.9
    return Variant(
      name: "deit_\(size)", aliases: ["deit_\(size)_patch16_224"],
      numbers: defaults(family: "deit").merging(numbers),
      preprocessing: preprocessing)
  }

  /// Checks every number; heads divide the width.
  public func validate() throws(ModelError) {
    try check("img_size", imageSize, in: Limit.side)
    try check("patch_size", patchSize, in: 1...256)
    try check("img_size", imageSize / patchSize, in: 1...1024)
    try check("num_classes", classCount, in: Limit.classes)
    try check("embed_dim", width, in: Limit.channels)
    try check("depth", depth, in: Limit.depth)
    try check("num_heads", heads, in: 1...256)
    try check("embed_dim", width, isMultipleOf: heads)
    try check("mlp_ratio", mlpRatio, in: Limit.ratio)
    try check("norm_eps", normEpsilon, in: Limit.epsilon)
    try check("attention_eps", attentionEpsilon, in: Limit.epsilon)
    try check("focusing_factor", focusingFactor, in: 1...16)
    try check("kernel_size", kernelSize, in: 1...31)
    try check("performer_seed", seed, in: 0...Int.max)
    guard attention != .depthwise || pool == .average else {
      throw .outOfRange(
        key: "fovea.architecture.global_pool", value: "\"token\"",
        limit: "\"avg\" where no attention brings the patches to the class token")
    }
    if let featureCount { try check("performer_features", featureCount, in: 1...65536) }
  }
}
