import FoveaGraph

/// The layer that gives a classifier's classes.
struct ClassHead {
  /// The layer.
  let layer: Convolution
  /// What it reads in the whole network, (B, 1, 1, C).
  let features: Value

  /// The last layer of a network; nil where it is not linear.
  init?(_ whole: Graph) {
    guard let place = whole.output(named: "logits").flatMap(whole.lastLayer),
      case .convolution(let layer) = whole.nodes[place].operation, layer.isPointwise, layer.groups == 1
    else { return nil }
    (self.layer, features) = (layer, whole.nodes[place].inputs[0])
  }
}
