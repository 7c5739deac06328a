import FoveaGraph

/// An operation that can be computed by its definition.
protocol ReferenceOperation: Sendable {
  /// The output, of a shape already inferred from the inputs' shapes.
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) throws -> FeatureMap
}
