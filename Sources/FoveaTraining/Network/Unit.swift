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

  var hasTail: Bool { norm != nil || activation != .identity }
}

/// A map as an operation names it: a unit's, or a run of its channels, perhaps on another grid.
struct MapReference {
  var unit: Int
  var channelOffset = 0
  var shape: Shape
}
