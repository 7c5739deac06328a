import FoveaEngine
import FoveaGraph

/// What has no slope somewhere, fed so that no element comes near.
///
/// A table of the input's own grid, between −½ and ½, is added to the input: its gradient is the gradient by every
/// element of the map.
let kinkedCases = activationCases + attentionCases

private let activations: [(activation: Activation, ranges: [ClosedRange<Float>])] = [
  (.relu, [-2 ... -1, 1...2]), (.relu6, [-2 ... -1, 1...5, 7...8]), (.hardswish, [-5 ... -4, -2...2, 4...5]),
]

private let activationCases = activations.flatMap { activation, ranges in
  [
    GradientCase("\(activation)", shape(3, 5, 4), within: ranges) { scope, x in
      scope["b"].linear(scope.activation(scope.moved(x, 3, 5), activation), outputs: 5)
    },
    GradientCase("\(activation) alone", shape(3, 5, 4), within: ranges) { scope, x in
      let y = scope.moved(x, 3, 5)
      return scope.add(scope.activation(y, activation), y)
    },
    // Of two values a batch norm makes about −1 and 1, whatever the weight of the layer before.
    GradientCase("\(activation) of a batch norm", shape(3, 5, 1), within: [-1.1 ... -0.9, 0.9...1.1]) {
      let y = $0["norm"].batchNorm($0["a"].linear($1, outputs: 6), epsilon: 1e-3)
      return $0["b"].linear($0.activation(y, activation), outputs: 5)
    },
  ]
}

private let signs: [ClosedRange<Float>] = [-2 ... -1, 1...2]

private let attentionCases = [
  GradientCase("linear attention, ReLU", shape(3, 5, 24), within: signs) { scope, x in
    let parts = scope.split(scope.moved(x, 3, 5), parts: 3)
    return scope.linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: 4, featureMap: .relu, epsilon: 0.1,
      averagesKeys: false)
  },
  GradientCase("linear attention, focused", shape(3, 5, 24), within: signs) { scope, x in
    let parts = scope.split(scope.moved(x, 3, 5), parts: 3)
    let focused = AttentionFeatures.focused(
      power: 3, offset: 1e-6, scale: scope.parameter("scale", [1, 1, 8]))
    return scope.linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: 4, featureMap: focused, epsilon: 1e-6,
      averagesKeys: true)
  },
  GradientCase("interleaved attention", shape(3, 5, 24), within: signs) { scope, x in
    scope.interleavedLinearAttention(
      [scope["near"].moved(x, 3, 5), scope["far"].moved(x, 3, 5)], headDimension: 4, featureMap: .relu,
      epsilon: 1e-5)
  },
  // no more tokens than a head is wide: the quadratic order
  GradientCase("interleaved attention of few tokens", shape(1, 3, 24), within: signs) { scope, x in
    scope.interleavedLinearAttention(
      [scope["near"].moved(x, 1, 3), scope["far"].moved(x, 1, 3)], headDimension: 4, featureMap: .relu,
      epsilon: 1e-5)
  },
]

extension Scope {
  /// The map with a table added.
  fileprivate func moved(_ map: Value, _ rows: Int, _ columns: Int) -> Value {
    add(map, positionTable("table", rows: rows, columns: columns, like: map, .bilinear))
  }
}

extension Activation {
  /// Where the slope jumps.
  fileprivate var kinks: [Float] {
    switch self {
    case .relu: [0]
    case .relu6: [0, 6]
    case .hardswish: [-3, 3]
    default: []
    }
  }
}

extension GradientCase {
  /// How near any element comes to a kink of the operation that reads it.
  func distanceToKinks(_ parameters: any ParameterSource) throws -> Float {
    var distance = Float.infinity
    for node in graph.nodes {
      let (maps, kinks) = node.kinks
      for map in try ReferenceExecutor(graph: graph, parameters: parameters).run([input], outputs: maps) {
        for value in map.values { for kink in kinks { distance = min(distance, abs(value - kink)) } }
      }
    }
    return distance
  }
}

extension Node {
  /// The maps that go through a function with kinks, and where those are.
  fileprivate var kinks: ([Value], [Float]) {
    switch operation {
    case .activation(let activation): return (inputs, activation.kinks)
    case .linearAttention(let attention):
      switch attention.featureMap {
      case .relu, .focused: return (attention.layout == .separate ? Array(inputs.prefix(2)) : inputs, [0])
      default: return ([], [])
      }
    default: return ([], [])
    }
  }
}
