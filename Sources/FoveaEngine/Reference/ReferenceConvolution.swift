import FoveaGraph

extension Convolution: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let weights = try parameters.values(of: weight)
    let biases = try bias.map { try parameters.values(of: $0) }
    let stored = outputChannels / repeats
    return FeatureMap(shape) { batch, y, x, channel in
      let group = channel / (outputChannels / groups)
      let sum = windowSum(
        inputs[0], batch: batch, top: y * stride - padding, left: x * stride - padding, group: group,
        weights, filter: channel % stored)
      return Float(sum + Double(biases?[channel % stored] ?? 0))
    }
  }

  /// Σ over the kernel's pixels that lie on the map, and the group's channels, of input times weight.
  private func windowSum(
    _ input: FeatureMap, batch: Int, top: Int, left: Int, group: Int, _ weights: [Float], filter: Int
  ) -> Double {
    let channels = inputChannels / groups
    let area = kernel * kernel
    var sum = 0.0
    for i in 0..<kernel where (0..<input.shape.height).contains(top + i) {
      for j in 0..<kernel where (0..<input.shape.width).contains(left + j) {
        let pixel = input.shape.offset(batch: batch, y: top + i, x: left + j) + group * channels
        let tap = filter * channels * area + i * kernel + j
        for c in 0..<channels {
          sum += Double(input.values[pixel + c]) * Double(weights[tap + c * area])
        }
      }
    }
    return sum
  }
}

extension TransposedConvolution: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let input = inputs[0]
    let weights = try parameters.values(of: weight)
    let biases = try parameters.values(of: bias)
    return FeatureMap(shape) { batch, y, x, channel in
      let pixel = input.shape.offset(batch: batch, y: y / kernel, x: x / kernel)
      var sum = Double(biases[channel])
      for c in 0..<inputChannels {
        let filter = (c * outputChannels + channel) * kernel * kernel
        let tap = filter + y % kernel * kernel + x % kernel
        sum += Double(input.values[pixel + c]) * Double(weights[tap])
      }
      return Float(sum)
    }
  }
}

extension TokenProduct: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let (map, tokens) = (inputs[0], inputs[1])
    return FeatureMap(shape) { batch, y, x, token in
      Float(
        dotProduct(
          map.values, at: map.shape.offset(batch: batch, y: y, x: x),
          tokens.values, at: tokens.shape.offset(batch: batch, y: 0, x: token), count: map.shape.channels))
    }
  }
}
