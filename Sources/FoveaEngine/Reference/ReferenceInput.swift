import FoveaGraph

extension Input: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    inputs[0]
  }
}

extension Constant: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let stored = Shape(height: rows, width: columns, channels: shape.channels)
    let values = try parameters.values(of: table)
    let start = skippedTokens * stored.channels
    let map =
      isChannelsFirst
      ? FeatureMap(channelsFirst: values, shape: stored)
      : FeatureMap(shape: stored, values: Array(values[start..<start + stored.elements]))
    guard case .resized(let method) = fitting, shape != stored else { return map }
    return map.resampled(method, height: shape.height, width: shape.width)
  }
}
