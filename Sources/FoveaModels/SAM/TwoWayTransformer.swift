import FoveaGraph

/// The tokens and the map while they attend to each other, with what is added where they are compared.
private struct TwoWay {
  var tokens: Value
  var map: Value
  /// The first tokens, which are their own positions.
  let tokenPosition: Value
  /// The map's position encoding.
  let mapPosition: Value
}

extension Scope {
  /// Segment Anything's two-way transformer: tokens (B, 1, n, C) and map (B, H, W, C) → the same.
  func twoWay(
    tokens: Value, map: Value, position: Value, _ model: EfficientViTSAM
  ) -> (tokens: Value, map: Value) {
    var state = TwoWay(tokens: tokens, map: map, tokenPosition: tokens, mapPosition: position)
    for index in 0..<model.decoder.depth {
      self["layers"][index].twoWayLayer(&state, isFirst: index == 0, model)
    }
    let asked = self["final_attn_token_to_image"].tokensAttend(state, model)
    let answers = self["norm_final_attn"].layerNorm(add(state.tokens, asked), epsilon: model.normEpsilon)
    return (answers, state.map)
  }

  private func twoWayLayer(_ state: inout TwoWay, isFirst: Bool, _ model: EfficientViTSAM) {
    let epsilon = model.normEpsilon
    // tokens among themselves; the first layer has no position and no residual
    let own = isFirst ? state.tokens : add(state.tokens, state.tokenPosition)
    let related = self["self_attn"].projectedAttention(
      query: own, key: own, value: state.tokens, inner: state.tokens.channels, model)
    state.tokens = self["norm1"].layerNorm(isFirst ? related : add(state.tokens, related), epsilon: epsilon)
    // tokens look at the map
    let seen = self["cross_attn_token_to_image"].tokensAttend(state, model)
    state.tokens = self["norm2"].layerNorm(add(state.tokens, seen), epsilon: epsilon)
    let hidden = activation(
      self["mlp"]["lin1"].linear(state.tokens, outputs: model.decoder.hidden), .relu)
    let mixed = self["mlp"]["lin2"].linear(hidden, outputs: state.tokens.channels)
    state.tokens = self["norm3"].layerNorm(add(state.tokens, mixed), epsilon: epsilon)
    // the map looks at the tokens
    let told = self["cross_attn_image_to_token"].projectedAttention(
      query: add(state.map, state.mapPosition), key: add(state.tokens, state.tokenPosition),
      value: state.tokens, inner: state.tokens.channels / 2, model)
    state.map = self["norm4"].layerNorm(add(state.map, told), epsilon: epsilon)
  }

  private func tokensAttend(_ state: TwoWay, _ model: EfficientViTSAM) -> Value {
    projectedAttention(
      query: add(state.tokens, state.tokenPosition), key: add(state.map, state.mapPosition),
      value: state.map, inner: state.tokens.channels / 2, model)
  }

  /// Softmax attention between projections to `inner` channels.
  private func projectedAttention(
    query: Value, key: Value, value: Value, inner: Int, _ model: EfficientViTSAM
  ) -> Value {
    let attended = softmaxAttention(
      query: self["q_proj"].linear(query, outputs: inner), key: self["k_proj"].linear(key, outputs: inner),
      value: self["v_proj"].linear(value, outputs: inner), heads: model.decoder.heads,
      scale: 1 / Float(inner / model.decoder.heads).squareRoot())
    return self["out_proj"].linear(attended, outputs: query.channels)
  }
}
