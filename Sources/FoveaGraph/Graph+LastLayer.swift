extension Graph {
  /// The node of the layer whose values an output is, whole or in part: a convolution, a linear layer among them,
  /// or a transposed one; nil where something else ends the network.
  package func lastLayer(of output: Value) -> Int? {
    var place = output.index
    while true {
      switch nodes[place].operation {
      case .convolution, .transposedConvolution: return place
      case .slice, .reshape: place = nodes[place].inputs[0].index
      default: return nil
      }
    }
  }
}
