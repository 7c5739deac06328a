/// The typed operations that every model is made of.
///
/// An enumeration, so that each reading of a graph (shapes, reference, plan, export) is checked by the
/// compiler to cover them all.
public enum Operation: Sendable {
  case input(Input)
  case constant(Constant)
  case convolution(Convolution)
  case transposedConvolution(TransposedConvolution)
  case batchNorm(BatchNorm)
  case layerNorm(LayerNorm)
  case activation(Activation)
  case combine(Combination)
  case concatenate(Concatenation)
  case slice(Slice)
  case reshape(Reshape)
  case globalAverage(GlobalAverage)
  case resize(Resize)
  case spaceToDepth(SpaceToDepth)
  case windowPartition(WindowPartition)
  case windowMerge(WindowMerge)
  case rotary(RotaryEncoding)
  case linearAttention(LinearAttention)
  case softmaxAttention(SoftmaxAttention)
  case tokenProduct(TokenProduct)
}

/// What every operation answers before anything runs.
public protocol OperationRules: Sendable {
  /// The output's shape for its inputs' shapes; throws where they do not fit.
  func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape
  /// The tensors that it needs from a checkpoint.
  var parameters: [Parameter] { get }
  /// Multiply-adds of convolutions, linear layers and attention products; 0 for the rest.
  func multiplyAdds(inputs: [Shape], output: Shape) -> Int
}

extension OperationRules {
  /// None, unless an operation says otherwise.
  public var parameters: [Parameter] { [] }
  /// 0, unless an operation says otherwise.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int { 0 }
}

extension Operation {
  /// The rules of the operation, whatever its type.
  public var rules: any OperationRules {
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

extension Activation: OperationRules {
  /// The input's own shape.
  public func outputShape(for inputs: [Shape]) -> Shape { inputs[0] }
}
