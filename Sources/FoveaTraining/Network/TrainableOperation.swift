import FoveaEngine
import FoveaGraph

/// What training knows of a type of operation: one conformance for each, beside what it runs as.
protocol TrainableOperation {
  /// The operation of a unit, forward and backward.
  func differentiable(_ unit: Unit, _ site: UnitSite) throws -> any DifferentiableOperation
  /// Whether a norm or an activation may follow as its tail.
  var carriesTail: Bool { get }
  /// Whether a unit of the type can apply a tail to the rows that it reads.
  func readsThroughTails(_ unit: Unit) -> Bool
}

extension TrainableOperation {
  /// It does not, unless an operation says otherwise: what follows is then an operation of its own.
  var carriesTail: Bool { false }
  /// It cannot, unless an operation says otherwise: the map is then stored with its tail applied.
  func readsThroughTails(_ unit: Unit) -> Bool { false }
}

/// What the operation of a unit is made of.
struct UnitSite {
  /// The maps that it reads, in a graph's order.
  let sources: [Source]
  let output: Output
  let parameters: OperationParameters
  /// What a residual sum skips at random.
  let drop: SampleDrop?
}

/// Which of a sum's terms is the branch, and how often it is skipped.
typealias SampleDrop = (branch: Int, rate: Float, random: CounterRandom)

/// What training knows of every type of operation: a type without its conformance does not compile.
private struct TrainingReading: OperationReading {
  typealias Answer = any TrainableOperation
  func read<Known: TrainableOperation>(_ operation: Known) -> any TrainableOperation { operation }
}

extension FoveaGraph.Operation {
  /// What training knows of the operation.
  var trainable: any TrainableOperation { read(by: TrainingReading()) }
}
