import FoveaGraph

/// What the engine knows of a type of operation: its definition, and what it becomes.
///
/// Each type has one conformance, beside the stage or the step that it runs as.
protocol EngineOperation: ReferenceOperation {
  /// What it reads of its inputs in the graph, and how it runs.
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered
  /// What its kernel does in its epilogue.
  var epilogue: Epilogue { get }
}

extension EngineOperation {
  /// Nothing, unless an operation says otherwise.
  var epilogue: Epilogue { [] }
}

/// What follows an operation and may be computed while its output is still in registers.
struct Epilogue: OptionSet {
  let rawValue: Int
  /// A batch norm, folded into weights.
  static let norm = Epilogue(rawValue: 1)
  static let activation = Epilogue(rawValue: 2)
  /// The sum with another map.
  static let residual = Epilogue(rawValue: 4)
}

/// An operation that runs row by row, alone or with others.
protocol StripOperation: EngineOperation {
  /// The stage of an operation of this type.
  func stage(of operation: LoweredOperation, _ site: StageSite) throws -> any RowStage
  /// Whether it narrows a map that was widened before it: the end of a bottleneck.
  var isProjection: Bool { get }
}

extension StripOperation {
  /// It does not, unless an operation says otherwise.
  var isProjection: Bool { false }
}

/// An operation that runs on its own, over whole maps.
protocol WholeOperation: EngineOperation {
  /// Gives its output a place, and appends the steps that compute it.
  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) throws
}

/// What an operation becomes for maps of known shapes.
struct Lowered {
  /// What runs.
  enum Work: Sendable {
    case strips(any StripOperation)
    case whole(any WholeOperation)
    case nothing
  }

  let work: Work
  let operands: Operands
  let access: Access

  /// Row by row, alone or with others.
  static func strips(_ operation: any StripOperation, _ operands: Operands, _ access: Access) -> Lowered {
    Lowered(work: .strips(operation), operands: operands, access: access)
  }

  /// On its own, over whole maps.
  static func whole(_ operation: any WholeOperation, _ operands: Operands) -> Lowered {
    Lowered(work: .whole(operation), operands: operands, access: .whole)
  }

  /// A name for a part of another map.
  static func alias(_ map: MapRef) -> Lowered {
    Lowered(work: .nothing, operands: .unary(map), access: .alias(map))
  }
}

/// What the engine knows of every type of operation: a type without its conformance does not compile.
private struct EngineReading: OperationReading {
  typealias Answer = any EngineOperation
  func read<Known: EngineOperation>(_ operation: Known) -> any EngineOperation { operation }
}

extension Operation {
  /// What the engine knows of the operation.
  var engine: any EngineOperation { read(by: EngineReading()) }
  /// The definition of the operation.
  var reference: any ReferenceOperation { engine }
}
