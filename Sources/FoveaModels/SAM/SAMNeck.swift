import FoveaGraph

/// What makes one embedding of the backbone's last stages: like the segmentation head, on a fixed grid.
public struct SAMNeck: Codable, Hashable, Sendable {
  /// The stages that it reads, coarsest first.
  public var stages: [String]
  /// Channels in which the stages are summed.
  public var width: Int
  /// Blocks after the sum.
  public var depth: Int
  /// The expansion of these blocks.
  public var expansion: Int
  /// The kind of these blocks.
  public var middle: EfficientViT.StageBlock
  /// C of the embedding.
  public var outputs: Int
  /// H and W of the embedding.
  public var size: [Int]

  enum CodingKeys: String, CodingKey {
    case stages = "fid_list"
    case width = "head_width"
    case depth = "head_depth"
    case expansion = "expand_ratio"
    case middle = "middle_op"
    case outputs = "out_dim"
    case size
  }

  func validate(stages count: Int) throws(ModelError) {
    try check("neck.head_width", width, in: Limit.channels)
    try check("neck.head_depth", depth, in: Limit.depth)
    try check("neck.expand_ratio", expansion, in: Limit.ratio)
    try check("neck.size", size, in: 1...1024, count: 2)
    try check("neck.fid_list", [stages.count], in: 1...count)
    for name in stages where !(0..<count).contains(where: { "stage\($0)" == name }) {
      throw .outOfRange(
        key: "fovea.architecture.neck.fid_list", value: "\"\(name)\"", limit: "stage0 to stage\(count - 1)")
    }
    guard middle == .fused || middle == .inverted else {
      throw .outOfRange(
        key: "fovea.architecture.neck.middle_op", value: "\"\(middle.rawValue)\"", limit: "fmb or mb")
    }
  }
}

extension Scope {
  /// Stages → (B, H, W, C): each projected and resized bicubically to the grid, summed, mixed, projected.
  func joined(_ all: [Value], _ neck: SAMNeck, style: ConvNormStyle) -> Value {
    let maps = neck.stages.compactMap { name in name.last?.wholeNumberValue.map { all[$0] } }
    let projected = maps.enumerated().map { index, map in
      let place = self["input_ops"][index]["op_list"][0]
      let narrow = place.convNorm(map, neck.width, style: style, isActive: false)
      return place.resize(narrow, height: neck.size[0], width: neck.size[1], .bicubic)
    }
    var x = projected.dropFirst().reduce(projected[0]) { self["input_ops"].add($0, $1) }
    let middle = neck.width * neck.expansion
    for index in 0..<neck.depth {
      x = self["middle"]["op_list"][index]["main"].residual(x) { scope, x in
        neck.middle == .fused
          ? scope.fusedBottleneck(x, x.channels, middle: middle, style: style)
          : scope.invertedBottleneck(x, x.channels, middle: middle, names: .efficientViT, style: style)
      }
    }
    return self["output_ops"][0]["op_list"][0]["conv"].convolution(x, outputs: neck.outputs, bias: true)
  }
}
