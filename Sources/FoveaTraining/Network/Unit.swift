import FoveaEngine
import FoveaGraph

/// One operation that runs, with the batch norm and the activation that only it feeds as its tail.
final class Unit {
  /// What a unit does.
  enum Work {
    /// An operation of the lowered program.
    case operation(LoweredOperation)
    /// The dropout before the last layer, which no operation is.
    case dropout
    /// The random features that stand before a linear attention, for its queries or its keys.
    case randomFeatures(RandomFeatures)
  }

  /// The position in the order of computation.
  let index: Int
  let work: Work
  /// The dotted path of the layer.
  let path: String
  let shape: Shape
  /// The maps that are read.
  let inputs: [MapReference]
  var norm: BatchNorm?
  var activation = Activation.identity
  /// Who reads the map: a unit, and which of its inputs.
  var readers: [Reader] = []
  /// Whether a parameter at or before it is trained.
  var needsGradient = false

  struct Reader {
    var unit: Int
    var input: Int
  }

  init(index: Int, work: Work, path: String, shape: Shape, inputs: [MapReference]) {
    self.index = index
    self.work = work
    self.path = path
    self.shape = shape
    self.inputs = inputs
  }

  /// Where the forward step stands among all steps: forward ones, the loss, then backward ones.
  var forwardStep: Int { index }

  /// The parameters of what it does, without its tail's.
  var ownParameters: [Parameter] {
    switch work {
    case .operation(let lowered): lowered.operation.rules.parameters
    case .dropout: []
    case .randomFeatures(let features): [features.rows]
    }
  }

  /// Whether a norm or an activation may follow as its tail: not where pixels are only moved.
  var carriesTail: Bool {
    switch work {
    case .operation(let lowered): lowered.operation.trainable.carriesTail
    case .dropout, .randomFeatures: false
    }
  }

  /// Whether it can apply a tail to the rows that it reads.
  var readsThroughTails: Bool {
    switch work {
    case .operation(let lowered): lowered.operation.trainable.readsThroughTails(self)
    case .dropout: true
    case .randomFeatures: false
    }
  }

  /// Whether it adds two maps of one shape.
  var isResidual: Bool {
    guard case .operation(let lowered) = work, case .combine(let combination) = lowered.operation,
      combination.kind == .add
    else { return false }
    return inputs.allSatisfy { $0.shape == shape }
  }

  var hasTail: Bool { norm != nil || activation != .identity }
}

/// A map as an operation names it: a unit's, or a run of its channels, perhaps on another grid.
struct MapReference {
  var unit: Int
  var channelOffset = 0
  var shape: Shape
}
