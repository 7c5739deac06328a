import FoveaGraph

extension EfficientViTSAM {
  /// L0, L1 and L2 at 512, XL0 and XL1 at 1024.
  public static let variants: [Variant] = [
    large("l0", depths: [1, 1, 1, 4, 4], neckDepth: 4), large("l1", depths: [1, 1, 1, 6, 6], neckDepth: 8),
    large("l2", depths: [1, 2, 2, 8, 8], neckDepth: 12),
    extraLarge("xl0", depths: [0, 1, 1, 2, 3, 3], neckDepth: 6),
    extraLarge("xl1", depths: [1, 2, 2, 4, 6, 6], neckDepth: 12),
  ]

  private static func large(_ size: String, depths: JSONValue, neckDepth: Int) -> Variant {
    variant(
      size, side: 512,
      [
        "widths": [32, 64, 128, 256, 512], "depths": depths, "neck": ["head_depth": .integer(neckDepth)],
      ])
  }

  private static func extraLarge(_ size: String, depths: JSONValue, neckDepth: Int) -> Variant {
    variant(
      size, side: 1024,
      [
        "widths": [32, 64, 128, 256, 512, 1024], "depths": depths,
        "blocks": ["res", "fmb", "fmb", "fmb", "att@3", "att@3"], "expands": [1, 4, 4, 4, 4, 6],
        "fewer_norm": [false, false, false, false, true, true],
        "neck": [
          "fid_list": ["stage5", "stage4", "stage3"], "head_depth": .integer(neckDepth), "expand_ratio": 4,
        ],
      ])
  }

  private static func variant(_ size: String, side: Int, _ numbers: JSONValue) -> Variant {
    var preprocessing = PreprocessingConfiguration(height: side, width: side)
    preprocessing.interpolation = .bilinear
    preprocessing.cropMode = .border
    preprocessing.cropFraction = 1
    return Variant(
      name: "efficientvit_sam_\(size)", numbers: defaults(family: "efficientvit_sam").merging(numbers),
      preprocessing: preprocessing, labelSet: nil)
  }

  /// Mask prompts and the first of the mask filters are stored and not used.
  public var keys: CheckpointKeys {
    var keys = CheckpointKeys()
    let needed = PromptEncoder.needed(prompt)
    keys.buffers = [needed[0]]
    keys.further = Array(needed[1...])
    keys.unused = maskPromptParameters + firstFilterParameters
    return keys
  }

  private var maskPromptParameters: [Parameter] {
    let channels = prompt.maskChannels
    let layers = [
      (0, [channels / 4, 1, 2, 2]), (3, [channels, channels / 4, 2, 2]), (6, [prompt.width, channels, 1, 1]),
    ]
    let norms = [(1, channels / 4), (4, channels)]
    let scope = "prompt_encoder.mask_downscaling"
    return layers.flatMap { index, shape in
      [
        Parameter(path: "\(scope).\(index).weight", shape: shape),
        Parameter(path: "\(scope).\(index).bias", shape: [shape[0]]),
      ]
    }
      + norms.flatMap { index, width in
        ["weight", "bias"].map { Parameter(path: "\(scope).\(index).\($0)", shape: [width]) }
      }
  }

  private var firstFilterParameters: [Parameter] {
    let (width, scope) = (decoder.width, "mask_decoder.output_hypernetworks_mlps.0.layers")
    return [(0, width), (1, width), (2, width / 8)].flatMap { index, outputs in
      [
        Parameter(path: "\(scope).\(index).weight", shape: [outputs, width]),
        Parameter(path: "\(scope).\(index).bias", shape: [outputs]),
      ]
    }
  }
}
