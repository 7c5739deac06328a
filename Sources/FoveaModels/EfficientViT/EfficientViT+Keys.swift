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
    let residuals = (0..<depths[0]).map { index in
      KeyMap.Rule.rename("stem.res\(index).{rest*}", to: "\(stem).op_list.\(index + 1).{rest}")
    }
    let stages = (0..<4).map { stage in
      KeyMap.Rule.rename(
        "stages.\(stage).blocks.{block}.{rest*}",
        to: "backbone.stages.\(isLarge ? stage + 1 : stage).op_list.{block}.{rest}")
    }
    return [.rename("stem.in_conv.{rest*}", to: "\(stem).op_list.0.{rest}")] + residuals + stages + [
      .rename("head.in_conv.{rest*}", to: "head.op_list.0.{rest}"),
      .rename("head.classifier.0.{rest}", to: "head.op_list.2.linear.{rest}"),
      .rename("head.classifier.1.{rest}", to: "head.op_list.2.norm.{rest}"),
      .rename("head.classifier.4.{rest}", to: "head.op_list.3.linear.{rest}"),
    ]
  }
}
