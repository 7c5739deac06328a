import FoveaGraph

/// FLatten-PVT and FLatten-PVTv2: the Pyramid Vision Transformer (Wang et al., ICCV 2021, and PVTv2, 2022)
/// with focused linear attention (Han et al., "FLatten Transformer", ICCV 2023) in the stages marked L.
///
/// Any height and width from 32: patches that the image cuts are left out (v1), tables are resized bicubically.
public struct FLattenPVT: Architecture {
  /// `flatten_pvt` or `flatten_pvt_v2`.
  public var family: String
  /// The side of the images that the tables were trained for.
  public var imageSize: Int
  /// The side of the first patches.
  public var patchSize: Int
  /// Classes.
  public var classCount: Int
  /// C of the stages.
  public var widths: [Int]
  /// Heads of the stages.
  public var heads: [Int]
  /// M / C of the stages' MLPs.
  public var mlpRatios: [Int]
  /// Blocks of the stages.
  public var depths: [Int]
  /// By how much a softmax stage reduces the keys' grid.
  public var softmaxReductions: [Int]
  /// By how much a linear stage reduces the keys' grid, a digit a stage.
  public var linearReductions: String
  /// L or S a stage.
  public var attention: String
  /// True where q, k and v have biases.
  public var hasBias: Bool
  /// ε of the blocks' norms, and of v2's stage norms.
  public var normEpsilon: Float
  /// ε of the norms after patches and reductions.
  public var embeddingNormEpsilon: Float
  /// ε of the attention's normaliser.
  public var attentionEpsilon: Float
  /// p.
  public var focusingFactor: Int
  /// The side of DWC's kernel.
  public var kernelSize: Int

  enum CodingKeys: String, CodingKey {
    case family, heads = "num_heads", depths
    case imageSize = "img_size"
    case patchSize = "patch_size"
    case classCount = "num_classes"
    case widths = "embed_dims"
    case mlpRatios = "mlp_ratios"
    case softmaxReductions = "sr_ratios"
    case linearReductions = "la_sr_ratios"
    case attention = "attn_type"
    case hasBias = "qkv_bias"
    case normEpsilon = "norm_eps"
    case embeddingNormEpsilon = "embedding_norm_eps"
    case attentionEpsilon = "attention_eps"
    case focusingFactor = "focusing_factor"
    case kernelSize = "kernel_size"
  }

  /// The two families.
  public static let families = ["flatten_pvt", "flatten_pvt_v2"]

  /// What all published variants share.
  public static func defaults(family: String) -> JSONValue {
    [
      "img_size": 224, "patch_size": 4, "num_classes": 1000, "qkv_bias": true, "norm_eps": 1e-6,
      "embedding_norm_eps": 1e-5, "attention_eps": 1e-6, "focusing_factor": 3, "kernel_size": 5,
      "num_heads": [1, 2, 5, 8], "mlp_ratios": [8, 8, 4, 4], "sr_ratios": [8, 4, 2, 1],
      "la_sr_ratios": "1111", "attn_type": "LLLL",
    ]
  }

  /// Checks every number; heads divide the widths.
  public func validate() throws(ModelError) {
    try check("img_size", imageSize, in: 32...4096)
    try check("patch_size", patchSize, in: 1...64)
    try check("img_size", imageSize / patchSize, in: 1...4096)
    try check("num_classes", classCount, in: Limit.classes)
    try check("embed_dims", widths, in: Limit.channels, count: 4)
    try check("num_heads", heads, in: 1...256, count: 4)
    try check("mlp_ratios", mlpRatios, in: Limit.ratio, count: 4)
    try check("depths", depths, in: Limit.depth, count: 4)
    try check("sr_ratios", softmaxReductions, in: 1...64, count: 4)
    try check("la_sr_ratios", linearReductions.map { $0.wholeNumberValue ?? 0 }, in: 1...9, count: 4)
    for stage in 0..<4 { try check("embed_dims.\(stage)", widths[stage], isMultipleOf: heads[stage]) }
    _ = try AttentionKind.stages(attention, count: 4)
    for epsilon in [normEpsilon, embeddingNormEpsilon, attentionEpsilon] {
      try check("norm_eps", epsilon, in: Limit.epsilon)
    }
    try check("focusing_factor", focusingFactor, in: 1...16)
    try check("kernel_size", kernelSize, in: 1...31)
  }

  /// v1 stores a norm that its code does not use.
  public var keys: CheckpointKeys {
    var keys = CheckpointKeys()
    if !isSecond {
      keys.unused = ["norm.weight", "norm.bias"].map { Parameter(path: $0, shape: [widths[3]]) }
    }
    return keys
  }

  var isSecond: Bool { family == "flatten_pvt_v2" }
}
