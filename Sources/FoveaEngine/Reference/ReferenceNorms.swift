import FoveaGraph

extension BatchNorm: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let scales = try parameters.values(of: weight)
    let biases = try parameters.values(of: bias)
    let means = try parameters.values(of: mean)
    let variances = try parameters.values(of: variance)
    return FeatureMap(shape) { batch, y, x, channel in
      let centred = Double(inputs[0][batch, y, x, channel]) - Double(means[channel])
      let deviation = (Double(variances[channel]) + Double(epsilon)).squareRoot()
      return Float(centred / deviation * Double(scales[channel]) + Double(biases[channel]))
    }
  }
}

extension LayerNorm: ReferenceOperation {
  func evaluate(
    _ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource
  ) throws -> FeatureMap {
    let scales = try parameters.values(of: weight)
    let biases = try parameters.values(of: bias)
    var output = inputs[0]
    for row in 0..<shape.rows {
      let elements = row * shape.channels..<(row + 1) * shape.channels
      let pixel = output.values[elements].map(Double.init)
      let mean = pixel.reduce(0, +) / Double(shape.channels)
      let variance = pixel.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(shape.channels)
      let deviation = (variance + Double(epsilon)).squareRoot()
      for (channel, element) in elements.enumerated() {
        let normal = (pixel[channel] - mean) / deviation
        output.values[element] = Float(normal * Double(scales[channel]) + Double(biases[channel]))
      }
    }
    return output
  }
}
