/// A tensor that a graph needs from a checkpoint, named by the checkpoint's dotted path.
public struct Parameter: Hashable, Sendable {
  /// The dotted path, e.g. `backbone.stages.0.0.conv.weight`.
  public var path: String
  /// The extents in the checkpoint's order, e.g. (out, in / groups, height, width) for a convolution.
  public var shape: [Int]

  /// A parameter of a path and a shape.
  public init(path: String, shape: [Int]) {
    self.path = path
    self.shape = shape
  }

  /// True for batch norm's running mean and variance, which are not trained.
  public var isStatistic: Bool { path.hasSuffix("running_mean") || path.hasSuffix("running_var") }

  /// The product of the extents.
  public var count: Int { shape.reduce(1, *) }
}

/// Where the values of parameters come from: a checkpoint, random numbers, a test.
public protocol ParameterSource: Sendable {
  /// The values of a parameter, row-major in the parameter's shape; their count is `parameter.count`.
  func values(of parameter: Parameter) throws -> [Float]
}
