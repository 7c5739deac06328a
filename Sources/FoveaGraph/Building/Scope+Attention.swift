extension Scope {
  /// Linear attention over separate queries, keys and values, and its depthwise term where there is one.
  ///
  /// - Parameters:
  ///   - normaliserQuery: queries for the denominator where they differ (before rotary encoding).
  ///   - normaliserKey: keys for the denominator, alike.
  ///   - depthwise: a depthwise convolution of the values, added to the attention (FLatten's DWC, LePE).
  ///   - partitioned: the map whose windows the inputs are.
  /// - Returns: (B, H, W, heads·D) on the queries' grid.
  public func linearAttention(
    query: Value, key: Value, value: Value, normaliserQuery: Value? = nil, normaliserKey: Value? = nil,
    headDimension: Int, featureMap: FeatureMap, epsilon: Float, averagesKeys: Bool,
    depthwise: Value? = nil, partitioned: Value? = nil
  ) -> Value {
    let operation = LinearAttention(
      headDimension: headDimension, featureMap: featureMap, layout: .separate, epsilon: epsilon,
      averagesKeys: averagesKeys, isQuadraticAtFewTokens: false)
    let inputs = [query, key, value, normaliserQuery, normaliserKey].compactMap { $0 }
    let attention = append(.linearAttention(operation), inputs, channels: value.channels)
    return recorded(attention, depthwise: depthwise, partitioned: partitioned)
  }

  /// Multi-scale linear attention: every input holds heads of interleaved (q, k, v), and is more heads.
  ///
  /// - Returns: (B, H, W, ΣI / 3).
  public func interleavedLinearAttention(
    _ inputs: [Value], headDimension: Int, featureMap: FeatureMap, epsilon: Float
  ) -> Value {
    let operation = LinearAttention(
      headDimension: headDimension, featureMap: featureMap, layout: .interleaved, epsilon: epsilon,
      averagesKeys: false, isQuadraticAtFewTokens: true)
    let attention = append(
      .linearAttention(operation), inputs, channels: inputs.map(\.channels).reduce(0, +) / 3)
    return recorded(attention, depthwise: nil, partitioned: nil)
  }

  /// Softmax attention over separate queries, keys and values, and its depthwise term where there is one.
  public func softmaxAttention(
    query: Value, key: Value, value: Value, heads: Int, scale: Float,
    bias: SoftmaxAttention.RelativeBias? = nil, mask: SoftmaxAttention.Mask = .none,
    depthwise: Value? = nil, partitioned: Value? = nil
  ) -> Value {
    let operation = SoftmaxAttention(heads: heads, scale: scale, bias: bias, mask: mask)
    let inputs = [query, key, value] + (mask == .none ? [] : [partitioned].compactMap { $0 })
    let attention = append(.softmaxAttention(operation), inputs, channels: value.channels)
    return recorded(attention, depthwise: depthwise, partitioned: partitioned)
  }

  private func recorded(_ attention: Value, depthwise: Value?, partitioned: Value?) -> Value {
    builder.record(
      AttentionBlock(path: path, attention: attention, depthwise: depthwise, partitioned: partitioned))
    guard let depthwise else { return attention }
    return add(attention, depthwise)
  }
}
