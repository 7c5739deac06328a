import FoveaGraph

/// One or several nodes of a graph that run as one operation: a main node and what its kernel takes in.
package struct LoweredOperation: Sendable {
  package let id: OperationID
  /// The main node's operation.
  package let operation: Operation
  /// The dotted path of the main node.
  package let path: String
  /// What the main node reads.
  package let operands: Operands
  /// How it reads them.
  package let access: Access
  /// What runs.
  let work: Lowered.Work
  /// A batch norm folded into the weights.
  var norm: BatchNorm?
  /// A pointwise function in the epilogue.
  var activation = Activation.identity
  /// A map added after the activation.
  var residual: MapRef?
  /// What the last of the nodes computes.
  package var output: MapRef
  /// Multiply-adds of the main node.
  let multiplyAdds: Int

  /// The maps whose elements it reads.
  package var reads: [MapRef] { operands.maps + (residual.map { [$0] } ?? []) }
  var isLinearAttention: Bool { if case .linearAttention = operands { true } else { false } }
  /// Of a linear attention the half that sums keys and values; of others none.
  var firstPassMultiplyAdds: Int { isLinearAttention ? multiplyAdds / 2 : 0 }

  /// Whether it runs row by row, alone or with others.
  var runsInStrips: Bool {
    switch work {
    case .strips: true
    case .whole, .nothing: false
    }
  }

  /// Whether it narrows a map that was widened before it: the end of a bottleneck.
  var isProjection: Bool {
    switch work {
    case .strips(let operation): operation.isProjection
    case .whole, .nothing: false
    }
  }
}
