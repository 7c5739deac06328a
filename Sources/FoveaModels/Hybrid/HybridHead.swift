import FoveaGraph

/// What follows the hybrid's stages.
public struct HybridHead: Codable, Hashable, Sendable {
  /// `classifier` or `segmenter`.
  public var type: Kind
  /// The segmenter's channels.
  public var width: Int?
  /// The segmenter's blocks.
  public var depth: Int?
  /// How coarser stages are resized to the finest.
  public var upsampling: Resampling?
  /// How many times finer the segmenter's logits are than the finest stage, which a transposed convolution makes
  /// of it; 1 where the config says nothing.
  public var upscale: Int?

  /// A task.
  public enum Kind: String, Codable, Sendable {
    case classifier
    case segmenter
  }

  func validate() throws(ModelError) {
    guard type == .segmenter else { return }
    guard let width else { throw .missingKey("fovea.architecture.head.width") }
    try check("head.width", width, in: Limit.channels)
    guard let depth else { throw .missingKey("fovea.architecture.head.depth") }
    try check("head.depth", depth, in: Limit.depth)
    try check("head.upscale", upscale ?? 1, in: 1...8)
  }
}

extension Scope {
  /// Five stages → logits: (B, 1, 1, classes) of a classifier, (B, H·u/8, W·u/8, classes) of a segmenter with
  /// `upscale` u, strides as usual.
  func logits(_ stages: [Value], _ head: HybridHead, of model: FoveaHybrid) -> Value {
    guard head.type == .segmenter, let width = head.width, let depth = head.depth else {
      let mean = self["norm"].layerNorm(globalAverage(stages[4]), epsilon: model.layerNormEpsilon)
      return self["head"].linear(mean, outputs: model.classCount)
    }
    let finest = stages[2]
    // coarsest first, so that the finest, which is the largest, is added as it is computed
    let projected = stages[2...].enumerated().reversed().map { index, stage in
      let place = self["inputs"][index]
      let map = place.convNorm(stage, width, style: model.style, isActive: false)
      return index == 0 ? map : place.resize(map, like: finest, head.upsampling ?? .bicubic)
    }
    let sum = projected.dropFirst().reduce(projected[0]) { self["inputs"].add($0, $1) }
    let mixed = (0..<depth).reduce(sum) { x, block in
      self["middle"][block].bottleneck(x, width, of: model)
    }
    guard let upscale = head.upscale, upscale > 1 else {
      return self["output"].convolution(mixed, outputs: model.classCount, bias: true)
    }
    return self["output"].transposedConvolution(mixed, outputs: model.classCount, kernel: upscale)
  }
}
