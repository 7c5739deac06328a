/// How models are run.
public struct RunOptions: Sendable, Hashable {
  /// Threads, at least 1; nil takes one a processor. Results are the same bits for any number.
  public var threads: Int?
  /// What the elements of feature maps are.
  public var precision: Precision = .float32
  /// The instruction set; nil takes `FOVEA_FORCE_ISA`, and without it the machine's best.
  public var instructionSet: InstructionSet?
  /// Bytes that a run may need, known before it begins; over them it is refused. What stays resident counts: the
  /// weights, and what is kept for other sizes, which gives way. Three quarters of the machine's memory, unless
  /// told otherwise.
  public var memoryLimit: Int = MachineMemory.total / 4 * 3

  /// Options; the defaults are what most callers want.
  public init() {}

  var engine: EngineOptions {
    EngineOptions(
      threads: threads, precision: precision, instructionSet: instructionSet, memoryLimit: memoryLimit)
  }
}
