extension Graph {
  /// The node of the layer whose values an output is, whole or in part: a convolution, a linear layer among
  /// them, or a transposed one; nil where something else ends the network.
  package func lastLayer(of output: Value) -> Int? {
    var place = output.index
    while nodes[place].operation.rules.isPart { place = nodes[place].inputs[0].index }
    return nodes[place].operation.isLayer ? place : nil
  }
}

extension Operation {
  /// Whether it multiplies by a weight that has an output channel's values side by side.
  fileprivate var isLayer: Bool {
    if case .convolution = self { return true }
    if case .transposedConvolution = self { return true }
    return false
  }
}
