extension EfficientViT {
  /// The keys of `fovea.architecture`, as ModelFolders.md has them.
  public static let meanings: [(key: String, meaning: String)] = [
    ("widths", "channels of the stages at strides 2, 4, 8, 16, 32"),
    ("depths", "blocks of the stages, beside the one that halves the map"),
    ("head_dim", "channels of an attention head; divides the widths of the stages that attend"),
    ("blocks", "L series: a stage's blocks, res, fmb, mb, att (5×5 scale) or att@3"),
    ("expands", "L series: expansion of the stages' blocks"),
    ("fewer_norm", "L series: true for stages whose blocks have biases in place of the first norms"),
    ("norm_eps", "ε of the norms"),
    ("head_norm_eps", "ε of the head's first norm, where it differs"),
    ("attention_eps", "ε of the attention's normaliser"),
    ("activation", "activation of all layers but the attention"),
    ("num_classes", "classes"),
    ("head_widths", "classifiers: channels of the head's two layers"),
    ("seg_head.fid_list", "segmenters: the stages that the head reads, the coarsest first"),
    ("seg_head.head_width", "channels in which they are summed"),
    ("seg_head.head_depth", "blocks after the sum"),
    ("seg_head.expand_ratio", "expansion of these blocks"),
    ("seg_head.middle_op", "mbconv or fmbconv"),
    ("seg_head.final_expand", "expansion of a layer before the classes; null where there is none"),
  ]
}
