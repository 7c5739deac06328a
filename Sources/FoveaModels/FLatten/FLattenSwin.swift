import FoveaGraph

/// FLatten-Swin: the Swin Transformer (Liu et al., ICCV 2021) with focused linear attention (Han et al.,
/// "FLatten Transformer", ICCV 2023) in the stages marked L, whose windows may cover the whole map.
///
/// Any height and width: a linear window that covered the trained map covers every map, its table resized;
/// softmax windows keep their size, the map padded with zeros and padded keys hidden.
public struct FLattenSwin: Architecture {
  /// `flatten_swin`.
  public var family: String
  /// The side of the images that the model was trained for.
  public var imageSize: Int
  /// The side of a patch.
  public var patchSize: Int
  /// Classes.
  public var classCount: Int
  /// C of the first stage; it doubles from stage to stage.
  public var width: Int
  /// Blocks of the stages.
  public var depths: [Int]
  /// Heads of the stages.
  public var heads: [Int]
  /// The side of the linear attention's windows.
  public var windowSize: Int
  /// The side of the softmax attention's windows: 7, or 12 for training at 384.
  public var softmaxWindowSize: Int?
  /// M / C of the MLP.
  public var mlpRatio: Int
  /// p.
  public var focusingFactor: Int
  /// The side of DWC's kernel.
  public var kernelSize: Int
  /// L or S a stage.
  public var attention: String
  /// ε of the norms.
  public var normEpsilon: Float
  /// ε of the linear attention's normaliser.
  public var attentionEpsilon: Float

  enum CodingKeys: String, CodingKey {
    case family, depths
    case imageSize = "img_size"
    case patchSize = "patch_size"
    case classCount = "num_classes"
    case width = "embed_dim"
    case heads = "num_heads"
    case windowSize = "window_size"
    case softmaxWindowSize = "softmax_window_size"
    case mlpRatio = "mlp_ratio"
    case focusingFactor = "focusing_factor"
    case kernelSize = "kernel_size"
    case attention = "attn_type"
    case normEpsilon = "norm_eps"
    case attentionEpsilon = "attention_eps"
  }

  /// `flatten_swin`.
  public static let families = ["flatten_swin"]

  /// What all published variants share.
  public static func defaults(family: String) -> JSONValue {
    [
      "family": "flatten_swin", "img_size": 224, "patch_size": 4, "num_classes": 1000, "window_size": 56,
      "mlp_ratio": 4, "focusing_factor": 3, "kernel_size": 5, "attn_type": "LLSS", "norm_eps": 1e-5,
      "attention_eps": 1e-6,
    ]
  }

  /// Tiny, small, base, and base at 384.
  public static let variants: [Variant] = [
    variant("tiny", ["embed_dim": 96, "depths": [2, 2, 6, 2], "num_heads": [3, 6, 12, 24]]),
    variant("small", ["embed_dim": 96, "depths": [2, 2, 18, 2], "num_heads": [3, 6, 12, 24]]),
    variant("base", ["embed_dim": 128, "depths": [2, 2, 18, 2], "num_heads": [4, 8, 16, 32]]),
    variant(
      "base_384",
      [
        "embed_dim": 128, "depths": [2, 2, 18, 2], "num_heads": [4, 8, 16, 32], "img_size": 384,
        "window_size": 96,
      ]),
  ]

  private static func variant(_ size: String, _ numbers: JSONValue) -> Variant {
    let side = numbers["img_size"]?.integer ?? 224
    return Variant(
      name: "flatten_swin_\(size)", numbers: defaults(family: "flatten_swin").merging(numbers),
      preprocessing: .squashed(to: side, cropFraction: side == 224 ? 0.875 : 1))
  }

  /// Checks every number; heads divide the widths.
  public func validate() throws(ModelError) {
    try check("img_size", imageSize, in: 16...4096)
    try check("patch_size", patchSize, in: 1...64)
    try check("img_size", imageSize / patchSize, in: 1...4096)
    try check("num_classes", classCount, in: Limit.classes)
    try check("depths", depths, in: Limit.depth)
    try check("depths", [depths.count], in: 1...6)
    try check("embed_dim", width, in: Limit.channels)
    try check("embed_dim", width << (depths.count - 1), in: Limit.channels)
    try check("num_heads", heads, in: 1...256, count: depths.count)
    for (stage, count) in heads.enumerated() {
      try check("embed_dim", width << stage, isMultipleOf: count)
    }
    try check("window_size", windowSize, in: 1...1024)
    try check("softmax_window_size", softmaxWindow, in: 1...64)
    try check("mlp_ratio", mlpRatio, in: Limit.ratio)
    try check("focusing_factor", focusingFactor, in: 1...16)
    try check("kernel_size", kernelSize, in: 1...31)
    try check("norm_eps", normEpsilon, in: Limit.epsilon)
    try check("attention_eps", attentionEpsilon, in: Limit.epsilon)
    _ = try AttentionKind.stages(attention, count: depths.count)
  }

  /// Indices and masks are computed here.
  public var keys: CheckpointKeys {
    var keys = CheckpointKeys()
    keys.derivedSuffixes = ["attn.relative_position_index", ".attn_mask"]
    return keys
  }

  var softmaxWindow: Int { softmaxWindowSize ?? (imageSize == 384 ? 12 : 7) }
}
