extension DeiT {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("img_size", "side of the pictures that the position table was trained for"),
    ("patch_size", "side of a patch"),
    ("num_classes", "classes"),
    ("embed_dim", "channels"),
    ("depth", "blocks"),
    ("num_heads", "heads; divide the channels"),
    ("mlp_ratio", "expansion of the MLP"),
    ("qkv_bias", "true where q, k and v have biases"),
    ("global_pool", "token (the class token) or avg (the mean of the patches)"),
    ("attention", "softmax, elu, relu, focused, focused_without_dwc, elu_with_dwc, dwc or performer"),
    ("norm_eps", "ε of the norms"),
    ("attention_eps", "ε of a linear attention's normaliser"),
    ("focusing_factor", "the power p of focused attention"),
    ("kernel_size", "side of the depthwise kernel beside focused attention"),
    ("performer_seed", "seed of Performer's random features"),
    ("performer_features", "their number, where it is not 2·D·⌈ln D⌉"),
    ("activation", "activation of the MLP"),
  ]
}
