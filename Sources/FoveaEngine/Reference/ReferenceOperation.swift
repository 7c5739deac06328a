import FoveaGraph

/// An operation that can be computed by its definition.
protocol ReferenceOperation {
  /// The output, of a shape already inferred from the inputs' shapes.
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) throws -> FeatureMap
}

extension Operation {
  /// The definition of the operation, whatever its type.
  var reference: any ReferenceOperation {
    switch self {
    case .input(let operation): operation
    case .constant(let operation): operation
    case .convolution(let operation): operation
    case .transposedConvolution(let operation): operation
    case .batchNorm(let operation): operation
    case .layerNorm(let operation): operation
    case .activation(let operation): operation
    case .combine(let operation): operation
    case .concatenate(let operation): operation
    case .slice(let operation): operation
    case .reshape(let operation): operation
    case .globalAverage(let operation): operation
    case .resize(let operation): operation
    case .spaceToDepth(let operation): operation
    case .windowPartition(let operation): operation
    case .windowMerge(let operation): operation
    case .rotary(let operation): operation
    case .linearAttention(let operation): operation
    case .softmaxAttention(let operation): operation
    case .tokenProduct(let operation): operation
    }
  }
}
