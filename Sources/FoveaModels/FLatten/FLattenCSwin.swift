import FoveaGraph

/// FLatten-CSwin: the CSwin Transformer (Dong et al., CVPR 2022) with focused linear attention (Han et al.,
/// "FLatten Transformer", ICCV 2023) over the whole map in the stages marked L.
///
/// Any height and width: tables of linear stages are resized, stripes keep their width and follow the map's
/// length, the map padded with zeros and padded keys hidden.
public struct FLattenCSwin: Architecture {
  /// `flatten_cswin`.
  public var family: String
  /// The side of the images that the model was trained for.
  public var imageSize: Int
  /// Classes.
  public var classCount: Int
  /// C of the first stage; it doubles from stage to stage.
  public var width: Int
  /// Blocks of the stages.
  public var depths: [Int]
  /// The width of the softmax stages' stripes.
  public var stripes: [Int]
  /// The side of the linear stages' tables, joined by "-".
  public var linearWindows: String
  /// Heads of the stages.
  public var heads: [Int]
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
    case family
    case imageSize = "img_size"
    case classCount = "num_classes"
    case width = "embed_dim"
    case depths = "depth"
    case stripes = "split_size"
    case linearWindows = "la_split_size"
    case heads = "num_heads"
    case mlpRatio = "mlp_ratio"
    case focusingFactor = "focusing_factor"
    case kernelSize = "kernel_size"
    case attention = "attn_type"
    case normEpsilon = "norm_eps"
    case attentionEpsilon = "attention_eps"
  }

  /// `flatten_cswin`.
  public static let families = ["flatten_cswin"]

  /// What all published variants share.
  public static func defaults(family: String) -> JSONValue {
    [
      "family": "flatten_cswin", "img_size": 224, "num_classes": 1000, "split_size": [1, 2, 7, 7],
      "la_split_size": "56-28-14-7", "mlp_ratio": 4, "focusing_factor": 3, "kernel_size": 5,
      "attn_type": "LLSS", "norm_eps": 1e-5, "attention_eps": 1e-6,
    ]
  }

  /// Tiny, small, base, and base at 384.
  public static let variants: [Variant] = [
    variant("tiny", ["embed_dim": 64, "depth": [2, 4, 18, 1], "num_heads": [2, 4, 8, 16]]),
    variant("small", ["embed_dim": 64, "depth": [2, 4, 32, 2], "num_heads": [2, 4, 8, 16]]),
    variant("base", ["embed_dim": 96, "depth": [3, 6, 29, 2], "num_heads": [4, 8, 16, 32]]),
    variant(
      "base_384",
      [
        "embed_dim": 96, "depth": [3, 6, 29, 2], "num_heads": [4, 8, 16, 32], "img_size": 384,
        "split_size": [1, 2, 12, 12], "la_split_size": "96-48-24-12",
      ]),
  ]

  private static func variant(_ size: String, _ numbers: JSONValue) -> Variant {
    Variant(
      name: "flatten_cswin_\(size)", numbers: defaults(family: "flatten_cswin").merging(numbers),
      preprocessing: .squashed(to: numbers["img_size"]?.integer ?? 224, cropFraction: 0.875))
  }

  /// Checks every number; heads divide the widths.
  public func validate() throws(ModelError) {
    try check("img_size", imageSize, in: 32...4096)
    try check("num_classes", classCount, in: Limit.classes)
    try check("embed_dim", width, in: 2...1024)
    try check("depth", depths, in: Limit.depth, count: 4)
    try check("split_size", stripes, in: 1...1024, count: 4)
    try check("la_split_size", tables, in: 1...1024, count: 4)
    try check("num_heads", heads, in: 1...256, count: 4)
    _ = try AttentionKind.stages(attention, count: 4)
    for (stage, count) in heads.enumerated() {
      try check("embed_dim", width << stage, isMultipleOf: count)
      try check("num_heads.\(stage)", count, isMultipleOf: isStriped(stage) ? 2 : 1)
    }
    try check("mlp_ratio", mlpRatio, in: Limit.ratio)
    try check("focusing_factor", focusingFactor, in: 1...16)
    try check("kernel_size", kernelSize, in: 1...31)
    try check("norm_eps", normEpsilon, in: Limit.epsilon)
    try check("attention_eps", attentionEpsilon, in: Limit.epsilon)
  }

  /// The sides of the linear stages' tables.
  var tables: [Int] { linearWindows.split(separator: "-").map { Int($0) ?? 0 } }
  /// The side of a stage's trained grid.
  func side(_ stage: Int) -> Int { (0..<stage).reduce(imageSize / 4) { side, _ in (side + 1) / 2 } }
  /// True for the stages that attend in horizontal and vertical stripes.
  func isStriped(_ stage: Int) -> Bool {
    Array(attention)[min(stage, attention.count - 1)] == AttentionKind.softmax.rawValue
      && stage < 3 && stripes[stage] != side(stage)
  }
}
