extension FLattenSwin {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("img_size", "side of the pictures that it was trained for"),
    ("patch_size", "side of a patch"),
    ("num_classes", "classes"),
    ("embed_dim", "channels of the first stage; they double from stage to stage"),
    ("depths", "blocks of the stages"),
    ("num_heads", "heads of the stages"),
    ("window_size", "side of the linear attention's windows"),
    ("softmax_window_size", "side of the softmax attention's windows; 7, or 12 for img_size 384"),
    ("mlp_ratio", "expansion of the MLP"),
    ("focusing_factor", "the power p of the focusing map"),
    ("kernel_size", "side of the depthwise kernel beside the attention"),
    ("attn_type", "L (focused linear) or S (softmax), a letter a stage"),
    ("norm_eps", "ε of the norms"),
    ("attention_eps", "ε of the attention's normaliser"),
  ]
}
