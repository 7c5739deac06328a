import FoveaGraph

extension Node {
  /// The maps whose elements are read; others give only their grid.
  package var dataInputs: [Value] {
    switch operation {
    case .input, .constant: []
    case .resize, .reshape, .windowMerge: Array(inputs.prefix(1))
    case .softmaxAttention: Array(inputs.prefix(3))
    default: inputs
    }
  }
}
