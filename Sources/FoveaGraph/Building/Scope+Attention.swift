extension Scope {
  /// Linear attention over separate queries, keys and values, and its depthwise term where there is one.
  ///
  /// - Parameters:
  ///   - normaliserQuery: queries for the denominator where they differ (before rotary encoding).
  ///   - normaliserKey: keys for the denominator, alike.
  ///   - depthwise: a depthwise convolution of the values, added to the attention (FLatten's DWC, LePE).
  ///   - grid: where the tokens lie on the image.
  /// - Returns: (B, H, W, heads·D) on the queries' grid.
  public func linearAttention(
    query: Value, key: Value, value: Value, normaliserQuery: Value? = nil, normaliserKey: Value? = nil,
    headDimension: Int, featureMap: AttentionFeatures, epsilon: Float, averagesKeys: Bool,
    depthwise: Value? = nil, grid: AttentionBlock.Grid = .whole
  ) -> Value {
    let operation = LinearAttention(
      headDimension: headDimension, featureMap: featureMap, layout: .separate, epsilon: epsilon,
      averagesKeys: averagesKeys, isQuadraticAtFewTokens: false)
    precondition(
      (normaliserQuery == nil) == (normaliserKey == nil),
      "\(path): a normaliser has queries and keys of its own, or neither")
    let inputs = [query, key, value, normaliserQuery, normaliserKey].compactMap { $0 }
    let attention = append(.linearAttention(operation), inputs, channels: value.channels)
    return recorded(attention, depthwise: depthwise, grid: grid)
  }

  /// Multi-scale linear attention: every input holds heads of interleaved (q, k, v), and is more heads.
  ///
  /// - Returns: (B, H, W, ΣI / 3).
  public func interleavedLinearAttention(
    _ inputs: [Value], headDimension: Int, featureMap: AttentionFeatures, epsilon: Float
  ) -> Value {
    let operation = LinearAttention(
      headDimension: headDimension, featureMap: featureMap, layout: .interleaved, epsilon: epsilon,
      averagesKeys: false, isQuadraticAtFewTokens: true)
    let attention = append(
      .linearAttention(operation), inputs, channels: inputs.map(\.channels).reduce(0, +) / 3)
    return recorded(attention, depthwise: nil, grid: .whole)
  }

  /// Softmax attention over separate queries, keys and values, and its depthwise term where there is one.
  ///
  /// Windows hide the keys of the padding and those that a shift brought together.
  public func softmaxAttention(
    query: Value, key: Value, value: Value, heads: Int, scale: Float,
    bias: SoftmaxAttention.RelativeBias? = nil, depthwise: Value? = nil,
    grid: AttentionBlock.Grid = .whole
  ) -> Value {
    var operation = SoftmaxAttention(heads: heads, scale: scale, bias: bias)
    var inputs = [query, key, value]
    if case .windows(let map, let window, let shift) = grid {
      operation.mask = .windows(window, shift: shift)
      inputs.append(map)
    }
    let attention = append(.softmaxAttention(operation), inputs, channels: value.channels)
    return recorded(attention, depthwise: depthwise, grid: grid)
  }

  private func recorded(_ attention: Value, depthwise: Value?, grid: AttentionBlock.Grid) -> Value {
    builder.record(AttentionBlock(path: path, attention: attention, depthwise: depthwise, grid: grid))
    guard let depthwise else { return attention }
    guard case .sequence(_, let leading) = grid, leading > 0 else { return add(attention, depthwise) }
    let leadingTokens = tokens(attention, from: 0, count: leading)
    return concatenateTokens([
      leadingTokens, add(tokens(attention, from: leading, count: nil), depthwise),
    ])
  }
}
