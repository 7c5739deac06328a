import FoveaGraph

extension PixelShuffle: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    FeatureMap(shape) { batch, y, x, channel in
      let place = y % factor * factor + x % factor
      return inputs[0][batch, y / factor, x / factor, channel * factor * factor + place]
    }
  }
}
