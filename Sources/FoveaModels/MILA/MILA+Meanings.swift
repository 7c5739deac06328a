extension MILA {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("img_size", "side of the pictures that it was trained for"),
    ("num_classes", "classes"),
    ("embed_dim", "channels of the first stage, a multiple of 4; they double from stage to stage"),
    ("depths", "blocks of the stages"),
    ("num_heads", "heads of the stages"),
    ("mlp_ratio", "expansion of the MLP and of the downsampling"),
    ("norm_eps", "ε of the norms"),
    ("attention_eps", "ε of the attention's normaliser"),
  ]
}
