/// The typed operations that every model is made of.
///
/// An enumeration, so that each reading of a graph (shapes, reference, plan, gradients) is checked by the
/// compiler to cover them all: see `OperationReading`.
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
  case pixelShuffle(PixelShuffle)
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
  /// Of so many inputs the leading ones whose elements are read; those after them give only their grid.
  func elementInputs(of count: Int) -> Int
  /// Whether the output is nothing but elements of the first input in their order: some of them, or all
  /// on another grid.
  var isPart: Bool { get }
}

extension OperationRules {
  /// None, unless an operation says otherwise.
  public var parameters: [Parameter] { [] }
  /// 0, unless an operation says otherwise.
  public func multiplyAdds(inputs: [Shape], output: Shape) -> Int { 0 }
  /// All, unless an operation says otherwise.
  public func elementInputs(of count: Int) -> Int { count }
  /// It is not, unless an operation says otherwise.
  public var isPart: Bool { false }
}

/// One answer for every type of operation: what a module knows of operations beyond their rules.
///
/// A module gives each type of operation what it knows as a conformance to a protocol of its own, and reads
/// it through a single generic method: a type that lacks the conformance does not compile.
package protocol OperationReading {
  associatedtype Answer
  func read(_ operation: Input) -> Answer
  func read(_ operation: Constant) -> Answer
  func read(_ operation: Convolution) -> Answer
  func read(_ operation: TransposedConvolution) -> Answer
  func read(_ operation: BatchNorm) -> Answer
  func read(_ operation: LayerNorm) -> Answer
  func read(_ operation: Activation) -> Answer
  func read(_ operation: Combination) -> Answer
  func read(_ operation: Concatenation) -> Answer
  func read(_ operation: Slice) -> Answer
  func read(_ operation: Reshape) -> Answer
  func read(_ operation: GlobalAverage) -> Answer
  func read(_ operation: Resize) -> Answer
  func read(_ operation: SpaceToDepth) -> Answer
  func read(_ operation: PixelShuffle) -> Answer
  func read(_ operation: WindowPartition) -> Answer
  func read(_ operation: WindowMerge) -> Answer
  func read(_ operation: RotaryEncoding) -> Answer
  func read(_ operation: LinearAttention) -> Answer
  func read(_ operation: SoftmaxAttention) -> Answer
  func read(_ operation: TokenProduct) -> Answer
}

extension Operation {
  /// What a reading answers for the operation, whatever its type.
  package func read<Reading: OperationReading>(by reading: Reading) -> Reading.Answer {
    switch self {
    case .input(let operation): reading.read(operation)
    case .constant(let operation): reading.read(operation)
    case .convolution(let operation): reading.read(operation)
    case .transposedConvolution(let operation): reading.read(operation)
    case .batchNorm(let operation): reading.read(operation)
    case .layerNorm(let operation): reading.read(operation)
    case .activation(let operation): reading.read(operation)
    case .combine(let operation): reading.read(operation)
    case .concatenate(let operation): reading.read(operation)
    case .slice(let operation): reading.read(operation)
    case .reshape(let operation): reading.read(operation)
    case .globalAverage(let operation): reading.read(operation)
    case .resize(let operation): reading.read(operation)
    case .spaceToDepth(let operation): reading.read(operation)
    case .pixelShuffle(let operation): reading.read(operation)
    case .windowPartition(let operation): reading.read(operation)
    case .windowMerge(let operation): reading.read(operation)
    case .rotary(let operation): reading.read(operation)
    case .linearAttention(let operation): reading.read(operation)
    case .softmaxAttention(let operation): reading.read(operation)
    case .tokenProduct(let operation): reading.read(operation)
    }
  }

  /// The rules of the operation, whatever its type.
  public var rules: any OperationRules { read(by: RulesReading()) }
}

private struct RulesReading: OperationReading {
  typealias Answer = any OperationRules
  func read<Rules: OperationRules>(_ operation: Rules) -> any OperationRules { operation }
}

extension Node {
  /// The maps whose elements are read; others give only their grid.
  package var elementInputs: ArraySlice<Value> {
    inputs.prefix(operation.rules.elementInputs(of: inputs.count))
  }
}

extension Activation: OperationRules {
  /// The input's own shape.
  public func outputShape(for inputs: [Shape]) -> Shape { inputs[0] }
}
