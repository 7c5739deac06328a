extension FoveaHybrid {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("widths", "channels of the five stages"),
    ("depths", "blocks of the stages"),
    ("strides", "by how much each stage divides height and width"),
    ("expand_ratio", "expansion of inverted bottlenecks"),
    (
      "attention",
      "attention of the fourth stage: focused, softmax, elu, relu, focused_without_dwc, elu_with_dwc or dwc"
    ),
    ("focused_head_dim", "channels of its heads"),
    ("focusing_factor", "the power p of the focusing map"),
    ("rank_restoration_kernel", "side of the depthwise kernel beside it"),
    ("mlp_ratio", "expansion of the MLP"),
    ("multiscale_head_dim", "channels of the heads of the last stage's attention"),
    ("multiscale_kernels", "sides of the kernels that aggregate its tokens, at most 16"),
    ("batch_norm_eps", "ε of batch norms"),
    ("layer_norm_eps", "ε of layer norms"),
    ("focused_attention_eps", "ε of the focused attention's normaliser"),
    ("multiscale_attention_eps", "ε of the multi-scale attention's normaliser"),
    ("activation", "activation of convolutional layers"),
    ("mlp_activation", "activation of the MLP"),
    ("head.type", "classifier or segmenter"),
    ("head.width", "segmenters: channels of the head"),
    ("head.depth", "segmenters: blocks of the head"),
    ("head.upsampling", "segmenters: how coarser stages grow to the finest, bilinear or bicubic"),
    ("head.upscale", "segmenters: how many times finer the logits are than the finest stage"),
    ("num_classes", "classes"),
  ]
}
