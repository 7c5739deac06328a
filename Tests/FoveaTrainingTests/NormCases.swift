import FoveaGraph

/// Batch norms as the tail of layers, alone, and read twice; no bias stands before one, which would cancel it.
let normCases = [
  GradientCase("batch norm of a linear layer", shape(3, 5, 3)) { scope, x in
    let y = scope["norm"].batchNorm(scope["a"].linear(x, outputs: 6, bias: false), epsilon: 1e-3)
    return scope["b"].linear(scope.activation(y, .gelu), outputs: 5)
  },
  GradientCase("batch norms of a separable convolution", shape(7, 6, 3)) { scope, x in
    let near = scope["a"].convolution(x, outputs: 6, kernel: 3)
    let y = scope.activation(scope["a"]["norm"].batchNorm(near, epsilon: 1e-3), .silu)
    let apart = scope["b"].convolution(y, outputs: 6, kernel: 3, stride: 2, groups: 6)
    let z = scope.activation(scope["b"]["norm"].batchNorm(apart, epsilon: 1e-3), .silu)
    return scope["c"]["norm"].batchNorm(scope["c"].convolution(z, outputs: 5), epsilon: 1e-3)
  },
  GradientCase("batch norm of a sum", shape(3, 5, 3)) { scope, x in
    let terms = ["a", "b"].map { scope[$0].linear(x, outputs: 6, bias: false) }
    let sum = scope.add(terms[0], terms[1])
    return scope["c"].linear(scope["norm"].batchNorm(sum, epsilon: 1e-3), outputs: 5)
  },
  GradientCase("batch norm that is read twice", shape(3, 5, 3)) { scope, x in
    let y = scope["norm"].batchNorm(scope["a"].linear(x, outputs: 6, bias: false), epsilon: 1e-3)
    return scope.add(scope["b"].linear(scope.activation(y, .gelu), outputs: 6), y)
  },
  GradientCase("batch norm alone, behind moved pixels", shape(5, 6, 3)) { scope, x in
    let y = scope.spaceToDepth(scope["a"].linear(x, outputs: 2))
    return scope["b"].linear(scope["norm"].batchNorm(y, epsilon: 1e-3), outputs: 5)
  },
  GradientCase("batch norm of an activation", shape(3, 5, 3)) { scope, x in
    let y = scope.activation(scope["a"].linear(x, outputs: 6), .gelu)
    return scope["b"].linear(scope["norm"].batchNorm(y, epsilon: 1e-3), outputs: 5)
  },
]
