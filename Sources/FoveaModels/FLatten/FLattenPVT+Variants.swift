extension FLattenPVT {
  /// PVT tiny to large, PVTv2 B0 to B5.
  public static let variants: [Variant] = first + second

  private static let first: [Variant] = [
    ("tiny", [2, 2, 2, 2]), ("small", [3, 4, 6, 3]), ("medium", [3, 4, 18, 3]), ("large", [3, 8, 27, 3]),
  ].map { (size: String, depths: JSONValue) in
    variant("flatten_pvt_\(size)", ["family": "flatten_pvt", "embed_dims": wide, "depths": depths])
  }

  private static let second: [Variant] = [
    ("b0", [32, 64, 160, 256], [8, 8, 4, 4], [2, 2, 2, 2]), ("b1", wide, [8, 8, 4, 4], [2, 2, 2, 2]),
    ("b2", wide, [8, 8, 4, 4], [3, 4, 6, 3]), ("b3", wide, [8, 8, 4, 4], [3, 4, 18, 3]),
    ("b4", wide, [8, 8, 4, 4], [3, 8, 27, 3]), ("b5", wide, [4, 4, 4, 4], [3, 6, 40, 3]),
  ].map { (size: String, widths: JSONValue, ratios: JSONValue, depths: JSONValue) in
    variant(
      "flatten_pvt_v2_\(size)",
      ["family": "flatten_pvt_v2", "embed_dims": widths, "mlp_ratios": ratios, "depths": depths])
  }

  private static let wide: JSONValue = [64, 128, 320, 512]

  private static func variant(_ name: String, _ numbers: JSONValue) -> Variant {
    Variant(
      name: name, numbers: defaults(family: numbers["family"]?.string ?? "").merging(numbers),
      preprocessing: .squashed(to: 224, cropFraction: 0.875))
  }
}

extension PreprocessingConfiguration {
  /// FLatten's evaluation: both sides resized, then the centre.
  static func squashed(to side: Int, cropFraction: Double) -> PreprocessingConfiguration {
    var preprocessing = PreprocessingConfiguration(height: side, width: side)
    preprocessing.cropMode = .squash
    preprocessing.cropFraction = cropFraction
    return preprocessing
  }
}
