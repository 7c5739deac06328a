import FoveaGraph

/// The numbers of Segment Anything's mask decoder.
public struct MaskDecoder: Codable, Hashable, Sendable {
  /// Two-way layers.
  public var depth: Int
  /// C of a token.
  public var width: Int
  /// M of the layers' MLP.
  public var hidden: Int
  /// Heads.
  public var heads: Int
  /// Layers that predict the scores.
  public var scoreDepth: Int
  /// Channels of these layers.
  public var scoreHidden: Int
  /// Masks for an ambiguous prompt; one more is for several prompts, and is not used.
  public var maskCount: Int

  enum CodingKeys: String, CodingKey {
    case depth
    case width = "embedding_dim"
    case hidden = "mlp_dim"
    case heads = "num_heads"
    case scoreDepth = "iou_head_depth"
    case scoreHidden = "iou_head_hidden_dim"
    case maskCount = "num_multimask_outputs"
  }

  func validate() throws(ModelError) {
    try check("decoder.depth", depth, in: 1...64)
    try check("decoder.embedding_dim", width, in: 8...4096)
    try check("decoder.num_heads", heads, in: 1...64)
    try check("decoder.embedding_dim", width, isMultipleOf: max(8, 2 * heads))
    try check("decoder.mlp_dim", hidden, in: Limit.channels)
    try check("decoder.iou_head_depth", scoreDepth, in: 1...16)
    try check("decoder.iou_head_hidden_dim", scoreHidden, in: Limit.channels)
    try check("decoder.num_multimask_outputs", maskCount, in: 1...16)
  }
}

extension EfficientViTSAM {
  /// `embedding` (B, H, W, C), its `position` (1, H, W, C) and `prompts` (B, 1, n, C) →
  /// `masks` (B, 4H, 4W, 3), logits, and their `scores` (B, 1, 1, 3), predicted overlaps.
  func maskDecoder() -> Graph {
    let builder = GraphBuilder()
    let width = decoder.width
    let embedding = builder.input("embedding", channels: width)
    let position = builder.input("position", channels: width)
    let prompts = builder.input("prompts", channels: width)
    let scope = builder.root["mask_decoder"]
    let maskTokens = scope["mask_tokens"].token(
      "weight", count: decoder.maskCount + 1, shape: [decoder.maskCount + 1, width])
    let tokens = scope.concatenateTokens([
      scope["iou_token"].token("weight", shape: [1, width]), maskTokens, prompts,
    ])
    let noMask = builder.root["prompt_encoder"]["no_mask_embed"].spreadToken("weight", over: embedding)
    let (answers, map) = scope["transformer"].twoWay(
      tokens: tokens, map: scope.add(embedding, noMask), position: position, self)
    let scores = scope["iou_prediction_head"].perceptron(
      scope.tokens(answers, from: 0, count: 1), hidden: decoder.scoreHidden,
      outputs: decoder.maskCount + 1, depth: decoder.scoreDepth)
    let filters = (1...decoder.maskCount).map { index in
      scope["output_hypernetworks_mlps"][index].perceptron(
        scope.tokens(answers, from: 1 + index, count: 1), hidden: width, outputs: width / 8, depth: 3)
    }
    let masks = scope.tokenProduct(
      scope["output_upscaling"].upscaled(map, epsilon: normEpsilon),
      tokens: scope.concatenateTokens(filters), count: decoder.maskCount)
    builder.name(masks, "masks")
    builder.name(scope.channels(scores, from: 1, count: decoder.maskCount), "scores")
    return builder.graph()
  }
}

extension Scope {
  /// Linear layers with ReLU between them, `layers.0` …
  fileprivate func perceptron(_ input: Value, hidden: Int, outputs: Int, depth: Int) -> Value {
    (0..<depth).reduce(input) { x, index in
      let isLast = index == depth - 1
      let y = self["layers"][index].linear(x, outputs: isLast ? outputs : hidden)
      return isLast ? y : activation(y, .relu)
    }
  }

  /// (B, H, W, C) → (B, 4H, 4W, C/8), by two transposed convolutions.
  fileprivate func upscaled(_ map: Value, epsilon: Float) -> Value {
    let twice = self[0].transposedConvolution(map, outputs: map.channels / 4, kernel: 2)
    let active = activation(self[1].layerNorm(twice, epsilon: epsilon), .gelu)
    return activation(
      self[3].transposedConvolution(active, outputs: map.channels / 8, kernel: 2), .gelu)
  }
}
