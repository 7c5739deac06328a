import FoveaWeights

extension EfficientViT {
  /// The graph has the names of the authors' code; timm's are mapped to them.
  public var keys: CheckpointKeys {
    var keys = CheckpointKeys()
    keys.map = KeyMap(timm)
    return keys
  }

  private var timm: [KeyMap.Rule] {
    let isLarge = family.hasSuffix("_l")
    // the L series counts its stem as stage 0
    let stem = isLarge ? "backbone.stages.0" : "backbone.input_stem"
    // with features_only timm joins the first two words of a name by a line
    let body = [".", "_"].flatMap { joint in
      [.rename("stem\(joint)in_conv.{rest*}", to: "\(stem).op_list.0.{rest}")]
        + (0..<depths[0]).map { index in
          .rename("stem\(joint)res\(index).{rest*}", to: "\(stem).op_list.\(index + 1).{rest}")
        }
        + (0..<4).map { stage in
          KeyMap.Rule.rename(
            "stages\(joint)\(stage).blocks.{block}.{rest*}",
            to: "backbone.stages.\(isLarge ? stage + 1 : stage).op_list.{block}.{rest}")
        }
    }
    return body + [
      .rename("head.in_conv.{rest*}", to: "head.op_list.0.{rest}"),
      .rename("head.classifier.0.{rest}", to: "head.op_list.2.linear.{rest}"),
      .rename("head.classifier.1.{rest}", to: "head.op_list.2.norm.{rest}"),
      .rename("head.classifier.4.{rest}", to: "head.op_list.3.linear.{rest}"),
    ]
  }
}
