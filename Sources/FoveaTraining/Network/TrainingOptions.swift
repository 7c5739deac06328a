import FoveaEngine
import FoveaGraph

/// How a network is trained.
public struct TrainingOptions: Sendable {
  /// Threads, at least 1; nil takes one a processor. Results are the same bits for any number.
  public var threads: Int?
  /// What the elements of maps and of their gradients are; parameters, sums and logits are float32 always.
  public var precision: Precision
  /// The probability with which a sample skips the last residual branch; earlier ones rise to it linearly.
  public var dropPath: Float
  /// The probability with which an element of the last layer's input is zero.
  public var dropout: Float
  /// The seed of stochastic depth and dropout.
  public var seed: UInt64
  /// True for parameters that keep their values, for which no gradient is computed. A batch norm whose running
  /// mean is frozen normalises with its running statistics, and leaves them as they are.
  public var isFrozen: @Sendable (Parameter) -> Bool
  /// The instruction set; nil takes `FOVEA_FORCE_ISA`, and without it the machine's best.
  public var instructionSet: InstructionSet?
  /// The most bytes that a network may take, beside its parameters; one that needs more is refused before it
  /// takes any.
  public var memoryLimit = Int.max

  /// Options; the defaults train everything, in float32, on every processor.
  public init(
    threads: Int? = nil, precision: Precision = .float32, dropPath: Float = 0, dropout: Float = 0,
    seed: UInt64 = 0, instructionSet: InstructionSet? = nil,
    isFrozen: @escaping @Sendable (Parameter) -> Bool = { _ in false }
  ) {
    self.threads = threads
    self.precision = precision
    self.dropPath = dropPath
    self.dropout = dropout
    self.seed = seed
    self.instructionSet = instructionSet
    self.isFrozen = isFrozen
  }
}
