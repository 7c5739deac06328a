import FoveaGraph

/// One operation that runs, with the batch norm and the activation that only it feeds as its tail.
final class Unit {
  /// The position in the order of computation.
  let index: Int
  let node: Node
  let shape: Shape
  /// The maps that are read.
  let inputs: [MapReference]
  var norm: BatchNorm?
  var activation = Activation.identity
  /// True for the dropout before the last layer, which no node of the graph is.
  var isDropout = false
  /// The random features that stand before a linear attention, for its queries or its keys.
  var randomFeatures: RandomFeatures?
  /// Who reads the map: a unit, and which of its inputs.
  var readers: [Reader] = []
  /// Whether a parameter at or before it is trained.
  var needsGradient = false

  struct Reader {
    var unit: Int
    var input: Int
  }

  init(index: Int, node: Node, shape: Shape, inputs: [MapReference]) {
    self.index = index
    self.node = node
    self.shape = shape
    self.inputs = inputs
  }

  /// Where the forward step stands among all steps: forward ones, the loss, then backward ones.
  var forwardStep: Int { index }

  /// Whether a norm or an activation may follow as its tail: not where pixels are only moved.
  var carriesTail: Bool {
    if isDropout || randomFeatures != nil { return false }
    switch node.operation {
    case .input, .constant, .concatenate, .slice, .spaceToDepth, .windowPartition, .windowMerge: return false
    default: return true
    }
  }

  var hasTail: Bool { norm != nil || activation != .identity }
}

/// A map as an operation names it: a unit's, or a run of its channels, perhaps on another grid.
struct MapReference {
  var unit: Int
  var channelOffset = 0
  var shape: Shape
}
