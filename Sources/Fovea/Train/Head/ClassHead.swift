import FoveaGraph

/// The layer that gives a classifier's classes, as a network of its own: features (B, 1, 1, C) → `logits`.
struct ClassHead {
  /// The layer.
  let layer: Convolution
  /// What it reads in the whole network.
  let features: Value
  /// The layer alone.
  let graph: Graph

  /// The last layer of a network; nil where it is not linear.
  init?(_ whole: Graph) {
    guard let place = whole.output(named: "logits").flatMap(whole.lastLayer),
      case .convolution(let layer) = whole.nodes[place].operation, layer.isPointwise, layer.groups == 1
    else { return nil }
    let input = whole.nodes[place].inputs[0]
    (self.layer, features) = (layer, input)
    let builder = GraphBuilder()
    let features = builder.input(channels: input.channels)
    let logits = builder.root.append(
      .convolution(layer), [features], channels: layer.outputChannels)
    builder.name(logits, "logits")
    graph = builder.graph()
  }

  /// True where the layer reads one token of an image of a size.
  func isGlobal(in whole: Graph, height: Int, width: Int) throws -> Bool {
    try whole.shapes(height: height, width: width)[features.index].tokens == 1
  }
}
