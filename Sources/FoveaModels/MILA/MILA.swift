import FoveaGraph

/// MILA, first called MLLA (Han et al., "Demystify Mamba in Vision: A Linear Attention Perspective",
/// NeurIPS 2024): gated blocks of ELU + 1 linear attention with rotary and depthwise position encodings.
///
/// Any height and width: strides round up, angles follow from row and column.
public struct MILA: Architecture {
  /// `mila`.
  public var family: String
  /// The side of the images that the model was trained for.
  public var imageSize: Int
  /// Classes.
  public var classCount: Int
  /// C of the first stage; it doubles from stage to stage.
  public var width: Int
  /// Blocks of the stages.
  public var depths: [Int]
  /// Heads of the stages.
  public var heads: [Int]
  /// M / C of the MLP and of the downsampling.
  public var mlpRatio: Int
  /// ε of the batch and layer norms.
  public var normEpsilon: Float
  /// ε of the attention's normaliser.
  public var attentionEpsilon: Float

  enum CodingKeys: String, CodingKey {
    case family, depths
    case imageSize = "img_size"
    case classCount = "num_classes"
    case width = "embed_dim"
    case heads = "num_heads"
    case mlpRatio = "mlp_ratio"
    case normEpsilon = "norm_eps"
    case attentionEpsilon = "attention_eps"
  }

  /// `mila`.
  public static let families = ["mila"]

  /// What all published variants share.
  public static func defaults(family: String) -> JSONValue {
    [
      "family": "mila", "img_size": 224, "num_classes": 1000, "mlp_ratio": 4, "norm_eps": 1e-5,
      "attention_eps": 1e-6,
    ]
  }

  /// Tiny, small and base.
  public static let variants: [Variant] = [
    variant("tiny", ["embed_dim": 64, "depths": [2, 4, 8, 4], "num_heads": [2, 4, 8, 16]]),
    variant("small", ["embed_dim": 64, "depths": [3, 6, 21, 6], "num_heads": [2, 4, 8, 16]]),
    variant("base", ["embed_dim": 96, "depths": [3, 6, 21, 6], "num_heads": [3, 6, 12, 24]]),
  ]

  private static func variant(_ size: String, _ numbers: JSONValue) -> Variant {
    Variant(
      name: "mila_\(size)", numbers: defaults(family: "mila").merging(numbers),
      preprocessing: PreprocessingConfiguration(height: 224, width: 224))
  }

  /// Checks every number; heads divide the widths, and rotary encoding takes multiples of four.
  public func validate() throws(ModelError) {
    try check("img_size", imageSize, in: Limit.side)
    try check("num_classes", classCount, in: Limit.classes)
    try check("embed_dim", width, in: 4...1024)
    try check("embed_dim", width, isMultipleOf: 4)
    try check("depths", depths, in: Limit.depth)
    try check("depths", [depths.count], in: 1...4)
    try check("num_heads", heads, in: 1...256, count: depths.count)
    for (stage, count) in heads.enumerated() {
      try check("embed_dim", width << stage, isMultipleOf: count)
    }
    try check("mlp_ratio", mlpRatio, in: Limit.ratio)
    try check("norm_eps", normEpsilon, in: Limit.epsilon)
    try check("attention_eps", attentionEpsilon, in: Limit.epsilon)
  }

  /// The rotary tables are computed here.
  public var keys: CheckpointKeys {
    var keys = CheckpointKeys()
    keys.derivedSuffixes = ["attn.rope.rotations"]
    return keys
  }
}
