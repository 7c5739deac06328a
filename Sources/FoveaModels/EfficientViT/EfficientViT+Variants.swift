extension EfficientViT {
  /// B0–B3 and L1–L3 for ImageNet, and the segmenters of Cityscapes and ADE20K.
  public static let variants: [Variant] = classifiers + cityscapes + ade20k

  private static let backbones: [String: JSONValue] = [
    "b0": ["widths": [8, 16, 32, 64, 128], "depths": [1, 2, 2, 2, 2], "head_dim": 16],
    "b1": ["widths": [16, 32, 64, 128, 256], "depths": [1, 2, 3, 3, 4], "head_dim": 16],
    "b2": ["widths": [24, 48, 96, 192, 384], "depths": [1, 3, 4, 4, 6], "head_dim": 32],
    "b3": ["widths": [32, 64, 128, 256, 512], "depths": [1, 4, 6, 6, 9], "head_dim": 32],
    "l1": ["widths": [32, 64, 128, 256, 512], "depths": [1, 1, 1, 6, 6], "head_dim": 32],
    "l2": ["widths": [32, 64, 128, 256, 512], "depths": [1, 2, 2, 8, 8], "head_dim": 32],
    "l3": ["widths": [64, 128, 256, 512, 1024], "depths": [1, 2, 2, 8, 8], "head_dim": 32],
  ]

  private static let classifiers: [Variant] = [
    ("b0", [1024, 1280]), ("b1", [1536, 1600]), ("b2", [2304, 2560]), ("b3", [2304, 2560]),
    ("l1", [3072, 3200]), ("l2", [3072, 3200]), ("l3", [6144, 6400]),
  ].map { (size: String, widths: JSONValue) in
    let numbers = numbers(size, family: "efficientvit_\(size.prefix(1))", classes: 1000)
    return Variant(
      name: "efficientvit_\(size)", numbers: numbers.merging(["head_widths": widths]),
      preprocessing: preprocessing(height: 224, width: 224, cropFraction: 0.95))
  }

  /// Size, then the head's width, depth, expansion, block and final expansion.
  private typealias Row = (String, Int, Int, Int, String, JSONValue)

  private static let cityscapes: [Variant] = [
    ("b0", 32, 1, 4, "mbconv", 4), ("b1", 64, 3, 4, "mbconv", 4), ("b2", 96, 3, 4, "mbconv", 4),
    ("b3", 128, 3, 4, "mbconv", 4), ("l1", 256, 3, 1, "fmbconv", .null), ("l2", 256, 5, 1, "fmbconv", .null),
  ].map { segmenter($0, labelSet: "cityscapes", classes: 19, height: 1024, width: 2048) }

  private static let ade20k: [Variant] = [
    ("b1", 64, 3, 4, "mbconv", .null), ("b2", 96, 3, 4, "mbconv", .null), ("b3", 128, 3, 4, "mbconv", .null),
    ("l1", 128, 3, 4, "fmbconv", 8), ("l2", 128, 3, 4, "fmbconv", 8),
  ].map { segmenter($0, labelSet: "ade20k", classes: 150, height: 512, width: 512) }

  private static func segmenter(
    _ row: Row, labelSet: String, classes: Int, height: Int, width: Int
  ) -> Variant {
    let (size, headWidth, depth, expansion, middle, final) = row
    let head: JSONValue = [
      "fid_list": ["stage4", "stage3", "stage2"], "head_width": .integer(headWidth),
      "head_depth": .integer(depth), "expand_ratio": .integer(expansion), "middle_op": .string(middle),
      "final_expand": final,
    ]
    let numbers = numbers(size, family: "efficientvit_seg_\(size.prefix(1))", classes: classes)
    return Variant(
      name: "efficientvit_seg_\(size)_\(labelSet)", numbers: numbers.merging(["seg_head": head]),
      preprocessing: preprocessing(height: height, width: width, cropFraction: 1), labelSet: labelSet,
      logitsUpsampling: .bicubic)
  }

  private static func numbers(_ size: String, family: String, classes: Int) -> JSONValue {
    let family: JSONValue = ["family": .string(family), "num_classes": .integer(classes)]
    return defaults(family: family["family"]?.string ?? "").merging(backbones[size] ?? [:]).merging(family)
  }

  /// The published evaluation: bicubic, rounded up before the crop.
  private static func preprocessing(
    height: Int, width: Int, cropFraction: Double
  ) -> PreprocessingConfiguration {
    var preprocessing = PreprocessingConfiguration(height: height, width: width)
    preprocessing.cropFraction = cropFraction
    preprocessing.rounding = .ceil
    return preprocessing
  }
}
