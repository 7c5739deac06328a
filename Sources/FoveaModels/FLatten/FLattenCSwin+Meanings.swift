extension FLattenCSwin {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("img_size", "side of the pictures that it was trained for"),
    ("num_classes", "classes"),
    ("embed_dim", "channels of the first stage; they double from stage to stage"),
    ("depth", "blocks of the four stages"),
    ("split_size", "width of the softmax stages' stripes"),
    ("la_split_size", "sides of the linear stages' tables, joined by -"),
    ("num_heads", "heads of the stages"),
    ("mlp_ratio", "expansion of the MLP"),
    ("focusing_factor", "the power p of the focusing map"),
    ("kernel_size", "side of the depthwise kernel beside the attention"),
    ("attn_type", "L (focused linear) or S (softmax), a letter a stage"),
    ("norm_eps", "ε of the norms"),
    ("attention_eps", "ε of the attention's normaliser"),
  ]
}
