import Foundation
import FoveaGraph

extension RotaryEncoding: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let input = inputs[0]
    let quarter = shape.channels / 4
    return FeatureMap(shape) { batch, y, x, channel in
      let pair = channel / 2
      let frequency = pow(Double(base), -Double(pair % quarter) / Double(quarter))
      let angle = Double(pair < quarter ? y : x) * frequency
      let (even, odd) = (Double(input[batch, y, x, 2 * pair]), Double(input[batch, y, x, 2 * pair + 1]))
      return channel.isMultiple(of: 2)
        ? Float(even * cos(angle) - odd * sin(angle)) : Float(even * sin(angle) + odd * cos(angle))
    }
  }
}
