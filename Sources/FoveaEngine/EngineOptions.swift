/// How a graph is run.
public struct EngineOptions: Sendable, Hashable {
  /// Threads, at least 1; nil takes one a processor. Results are the same bits for any number.
  public var threads: Int?
  /// What the elements of feature maps are.
  public var precision: Precision
  /// The instruction set; nil takes `FOVEA_FORCE_ISA`, and without it the machine's best.
  public var instructionSet: InstructionSet?
  /// False runs each operation on its own, for comparison.
  public var fusesOperations: Bool
  /// Bytes that stay below this where that can be: the plans of other sizes, which are kept for the next picture of
  /// theirs, give way to a run's own memory, the longest unused first. A run that needs more is not refused.
  public var memoryLimit: Int
  /// Bytes that the rings of a strip may take; nil takes half of the second-level cache.
  package var stripBudget: Int?
  /// Bytes past which a map is computed again rather than kept while rows arrive; nil takes 64 MiB.
  package var largeMap: Int?

  /// Whether memory is filled with what is no number before a run, and again as soon as no step declares that
  /// it needs it: a step that reads what it does not declare is found out. Debug builds do, unless told
  /// otherwise.
  package var poisonsMemory: Bool
  /// Paths of steps whose reads are taken for undeclared, by which tests show that this is found out.
  package var unseenReads: Set<String> = []

  /// Options; the defaults are what most callers want.
  public init(
    threads: Int? = nil, precision: Precision = .float32, instructionSet: InstructionSet? = nil,
    fusesOperations: Bool = true, memoryLimit: Int = .max
  ) {
    self.threads = threads
    self.precision = precision
    self.instructionSet = instructionSet
    self.fusesOperations = fusesOperations
    self.memoryLimit = memoryLimit
    #if DEBUG
      poisonsMemory = true
    #else
      poisonsMemory = false
    #endif
  }
}
