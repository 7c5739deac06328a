import FoveaGraph

extension NetworkPlanner {
  /// The differentiable operation of a unit.
  func operation(
    _ unit: Unit, _ sources: [Source], _ output: Output
  ) throws -> any DifferentiableOperation {
    if unit.isDropout {
      let random = CounterRandom(seed: options.seed, place: unit.index)
      return DropoutOperation(sources, output, rate: options.dropout, random: random)
    }
    if let features = unit.randomFeatures {
      return RandomFeaturesOperation(features, sources, output, parameters)
    }
    switch unit.node.operation {
    case .input: return ImageInput(output)
    case .convolution(let convolution):
      if convolution.isPointwise { return PointwiseConvolution(convolution, sources, output, parameters) }
      if convolution.isDepthwise { return DepthwiseConvolution(convolution, sources, output, parameters) }
      return DenseConvolution(convolution, sources, output, parameters)
    case .batchNorm, .activation: return Copy(sources, output)
    case .layerNorm(let norm): return LayerNormOperation(norm, sources, output, parameters)
    case .globalAverage: return GlobalAverageOperation(sources, output)
    case .resize(let resize): return ResizeOperation(resize, sources, output)
    case .linearAttention(let attention):
      return try LinearAttentionOperation(attention, sources, output, parameters)
    case .combine where isResidual(unit):
      return ResidualAdd(sources, output, drop: drop(at: unit))
    case .combine(let combination): return CombinationOperation(combination, sources, output)
    case .constant(let constant): return ConstantOperation(constant, output, parameters)
    case .rotary(let rotary): return RotaryOperation(rotary, sources, output)
    case .softmaxAttention(let attention):
      let map = unit.node.inputs.count > 3 ? shapes[unit.node.inputs[3].index] : nil
      return try SoftmaxAttentionOperation(attention, sources, output, parameters, windowsOf: map)
    case .tokenProduct: return TokenProductOperation(sources, output)
    case .transposedConvolution(let convolution):
      return TransposedConvolutionOperation(convolution, sources, output, parameters)
    case .concatenate, .slice, .spaceToDepth, .windowPartition, .windowMerge, .reshape:
      let parts = GatherPart.parts(of: unit.node.operation, sources.map(\.shape), to: unit.shape) ?? []
      return Gather(parts, sources, output)
    }
  }

  /// Stochastic depth at a residual sum: which of its terms is the branch, and how often it is skipped.
  private func drop(at unit: Unit) -> (branch: Int, rate: Float, random: CounterRandom)? {
    guard options.dropPath > 0, let branch = branch(of: unit) else { return nil }
    let all = units.filter { isResidual($0) && self.branch(of: $0) != nil }.map(\.index)
    guard let position = all.firstIndex(of: unit.index), position > 0 else { return nil }
    let rate = options.dropPath * Float(position) / Float(all.count - 1)
    return (branch, rate, CounterRandom(seed: options.seed, place: unit.index))
  }

  /// Which term of a sum is computed from the other.
  private func branch(of unit: Unit) -> Int? {
    (0..<2).first { depends(unit.inputs[$0].unit, on: unit.inputs[1 - $0].unit) }
  }

  private func depends(_ unit: Int, on other: Int) -> Bool {
    unit > other && units[unit].inputs.contains { $0.unit == other || depends($0.unit, on: other) }
  }
}
