extension FLattenPVT {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("img_size", "side of the pictures that the position tables were trained for"),
    ("patch_size", "side of the first patches"),
    ("num_classes", "classes"),
    ("embed_dims", "channels of the four stages"),
    ("num_heads", "heads of the stages; divide their channels"),
    ("mlp_ratios", "expansion of the stages' MLPs"),
    ("depths", "blocks of the stages"),
    ("sr_ratios", "by how much a softmax stage reduces the keys' grid"),
    ("la_sr_ratios", "the same of a linear stage, a digit a stage"),
    ("attn_type", "L (focused linear) or S (softmax), a letter a stage"),
    ("qkv_bias", "true where q, k and v have biases"),
    ("norm_eps", "ε of the blocks' norms, and of v2's stage norms"),
    ("embedding_norm_eps", "ε of the norms after patches and reductions"),
    ("attention_eps", "ε of the attention's normaliser"),
    ("focusing_factor", "the power p of the focusing map"),
    ("kernel_size", "side of the depthwise kernel beside the attention"),
  ]
}
