import FoveaGraph

extension Combination: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let (first, second) = (inputs[0], inputs[1])
    let repeated = second.shape
    return FeatureMap(shape) { batch, y, x, channel in
      let left = first[batch, y, x, channel]
      let right = second[batch % repeated.batch, y % repeated.height, x % repeated.width, channel]
      return switch kind {
      case .add: left + right
      case .multiply: left * right
      }
    }
  }
}

extension Concatenation: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    // For every position on the axis, its input and its position there.
    let sources = inputs.flatMap { input in
      (0..<(axis == .channels ? input.shape.channels : input.shape.width)).map { (input, $0) }
    }
    return FeatureMap(shape) { batch, y, x, channel in
      let (input, position) = sources[axis == .channels ? channel : x]
      let image = batch % input.shape.batch
      return axis == .channels ? input[image, y, x, position] : input[image, y, position, channel]
    }
  }
}

extension Slice: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    FeatureMap(shape) { batch, y, x, channel in
      switch axis {
      case .channels: inputs[0][batch, y, x, start + channel]
      case .width: inputs[0][batch, y, start + x, channel]
      }
    }
  }
}

extension Reshape: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    FeatureMap(shape: shape, values: inputs[0].values)
  }
}

extension SpaceToDepth: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let input = inputs[0]
    return FeatureMap(shape) { batch, y, x, channel in
      let block = channel / input.shape.channels
      let (row, column) = (2 * y + block % 2, 2 * x + block / 2)
      guard row < input.shape.height, column < input.shape.width else { return 0 }
      return input[batch, row, column, channel % input.shape.channels]
    }
  }
}

extension GlobalAverage: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let (values, input) = (inputs[0].values, inputs[0].shape)
    return FeatureMap(shape) { batch, _, _, channel in
      var sum = 0.0
      for token in 0..<input.tokens {
        sum += Double(values[(batch * input.tokens + token) * input.channels + channel])
      }
      return Float(sum / Double(input.tokens))
    }
  }
}
