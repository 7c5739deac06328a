/// Who published a checkpoint, where that changes what its numbers mean.
public struct Publisher: Sendable, Hashable {
  /// The name, e.g. `timm`.
  public var name: String
  /// Tensors that only this publisher's checkpoints have, one of them each.
  public var tensors: Set<String>
  /// Architecture numbers that differ from the authors'.
  public var numbers: JSONValue
  /// How the size before the crop is rounded.
  public var rounding: PreprocessingConfiguration.Rounding
}

extension EfficientViT {
  /// timm's checkpoints: other names, ε 10⁻⁵ in the attention and in the L series' first head norm.
  static func timm(family: String) -> Publisher {
    var numbers: JSONValue = ["attention_eps": 1e-5]
    if family == "efficientvit_l" { numbers["head_norm_eps"] = 1e-5 }
    return Publisher(
      name: "timm", tensors: ["stem.in_conv.conv.weight", "stem_in_conv.conv.weight"], numbers: numbers,
      rounding: .floor)
  }

  /// timm publishes the classifiers.
  public static func publishers(family: String) -> [Publisher] { [timm(family: family)] }
}
