import FoveaEngine
import FoveaGraph
import Testing

@Suite struct EngineAttentionTests {
  /// Linear attention of a feature map over queries, keys and values of 3 heads of 8.
  static func linear(
    _ name: String, queries: Shape, keys: Shape, averages: Bool = false, epsilon: Float = 0.1,
    _ features: @escaping @Sendable (Scope) -> AttentionFeatures
  ) -> EngineCase {
    EngineCase("\(name), \(queries) of \(keys)", queries, keys, keys) {
      $0.linearAttention(
        query: $1[0], key: $1[1], value: $1[2], headDimension: 8, featureMap: features($0), epsilon: epsilon,
        averagesKeys: averages)
    }
  }

  static let grids = [
    (map(9, 13, 24, images: 3), map(9, 13, 24, images: 3)), (map(9, 13, 24), map(3, 5, 24)),
    (map(1, 1, 24), map(1, 1, 24)), (map(2, 3, 24), map(61, 41, 24)),
  ]

  static let separateCases: [EngineCase] = grids.flatMap { queries, keys in
    [
      linear("ReLU", queries: queries, keys: keys, averages: true, epsilon: 0.5) { _ in .relu },
      linear("ELU + 1", queries: queries, keys: keys) { _ in .eluPlusOne },
      linear("focused", queries: queries, keys: keys, averages: true) {
        .focused(power: 3, offset: 1e-6, scale: $0.parameter("scale", [24]))
      },
      linear("focused, power 2.5", queries: queries, keys: keys) {
        .focused(power: 2.5, offset: 1e-6, scale: $0.parameter("scale", [24]))
      },
      linear("positive random", queries: queries, keys: keys) {
        .positiveRandom($0.parameter("rows.weight", [12, 8]))
      },
      EngineCase("its own normaliser, \(queries) of \(keys)", queries, keys, keys) {
        $0.linearAttention(
          query: $1[0], key: $1[1], value: $1[2], normaliserQuery: $0.activation($1[0], .eluPlusOne),
          normaliserKey: $0.activation($1[1], .eluPlusOne), headDimension: 8, featureMap: .identity,
          epsilon: 0.1, averagesKeys: true)
      },
      EngineCase("a normaliser with features, \(queries) of \(keys)", queries, keys, keys) {
        $0.linearAttention(
          query: $1[0], key: $1[1], value: $1[2], normaliserQuery: $0.activation($1[0], .sigmoid),
          normaliserKey: $0.activation($1[1], .sigmoid), headDimension: 8, featureMap: .eluPlusOne,
          epsilon: 0.1, averagesKeys: false)
      },
      EngineCase("a focused normaliser, \(queries) of \(keys)", queries, keys, keys) {
        $0.linearAttention(
          query: $1[0], key: $1[1], value: $1[2], normaliserQuery: $0.activation($1[0], .sigmoid),
          normaliserKey: $0.activation($1[1], .sigmoid), headDimension: 8,
          featureMap: .focused(power: 3, offset: 0.1, scale: $0.parameter("scale", [24])),
          epsilon: 0.1, averagesKeys: false)
      },
      EngineCase("with a depthwise term, \(queries)", queries) {
        let parts = $0.split($0["qkv"].linear($1[0], outputs: 72), parts: 3)
        return $0.linearAttention(
          query: parts[0], key: parts[1], value: parts[2], headDimension: 8, featureMap: .eluPlusOne,
          epsilon: 0.1, averagesKeys: true,
          depthwise: $0["dwc"].sharedDepthwise(parts[2], kernel: 5, repeats: 3))
      },
    ]
  }

  static let values = EngineCase("values of another width", map(9, 13, 24), map(3, 5, 24), map(3, 5, 12)) {
    $0.linearAttention(
      query: $1[0], key: $1[1], value: $1[2], headDimension: 8, featureMap: .eluPlusOne, epsilon: 0.1,
      averagesKeys: false)
  }

  @Test("Linear attention of any features and grids is the reference's", arguments: separateCases + [values])
  func separate(_ example: EngineCase) throws { try example.check() }

  /// Interleaved heads of 4 on maps of more tokens than 4 and of fewer.
  static let interleavedCases: [EngineCase] =
    [map(9, 13, 24, images: 3), map(2, 2, 24, images: 3), map(1, 3, 24)]
    .flatMap { shape in
      [AttentionFeatures.relu, .eluPlusOne, .identity].flatMap { features in
        [
          EngineCase("interleaved, \(features), \(shape)", shape) {
            // The identity's features are made positive, so that no normaliser is near zero.
            let x = features == .identity ? $0.activation($1[0], .sigmoid) : $1[0]
            return $0.interleavedLinearAttention([x], headDimension: 4, featureMap: features, epsilon: 0.5)
          },
          EngineCase("interleaved, several, \(features), \(shape)", shape) {
            let x = features == .identity ? $0.activation($1[0], .sigmoid) : $1[0]
            let y = $0.activation($0["a"].convolution(x, outputs: 24, kernel: 3, groups: 24), .sigmoid)
            let z = $0.activation($0["b"].convolution(x, outputs: 12), .sigmoid)
            return $0.interleavedLinearAttention(
              [$0.activation(x, .sigmoid), y, z], headDimension: 4, featureMap: features, epsilon: 0.5)
          },
          EngineCase("interleaved, not joined, \(features), \(shape)", shape) {
            let x = features == .identity ? $0.activation($1[0], .sigmoid) : $1[0]
            let y = $0.activation($0["a"].convolution(x, outputs: 36), .sigmoid)
            let attention = $0.interleavedLinearAttention(
              [x, $0.channels(y, from: 12, count: 24), x], headDimension: 4, featureMap: features,
              epsilon: 0.5)
            return $0.add($0["b"].convolution(attention, outputs: 24), x)
          },
        ]
      }
    } + [
      EngineCase("interleaved, focused", map(9, 13, 24)) {
        $0.interleavedLinearAttention(
          [$1[0]], headDimension: 4,
          featureMap: .focused(power: 3, offset: 0.1, scale: $0.parameter("scale", [8])), epsilon: 0.5)
      },
      EngineCase("interleaved, two attentions of one map", map(9, 13, 24, images: 3)) {
        let x = $0["x"].convolution($1[0], outputs: 24)
        let y = $0["y"].convolution(x, outputs: 24, kernel: 3, groups: 24)
        let z = $0["z"].convolution(x, outputs: 24, kernel: 5, groups: 24)
        let first = $0.interleavedLinearAttention([x, y], headDimension: 4, featureMap: .relu, epsilon: 0.5)
        let second = $0.interleavedLinearAttention([x, z], headDimension: 4, featureMap: .relu, epsilon: 0.5)
        return $0.add(first, second)
      },
    ]

  @Test("Interleaved attention in both orders is the reference's", arguments: interleavedCases)
  func interleaved(_ example: EngineCase) throws { try example.check() }

  static let softmaxCases: [EngineCase] =
    [
      EngineCase("softmax", map(7, 17, 24, images: 3)) {
        $0.softmaxAttention(query: $1[0], key: $1[0], value: $1[0], heads: 3, scale: 0.35)
      },
      EngineCase("softmax of fewer keys and other widths", map(11, 17, 24), map(3, 5, 24), map(3, 5, 9)) {
        $0.softmaxAttention(query: $1[0], key: $1[1], value: $1[2], heads: 3, scale: 0.35)
      },
      EngineCase("softmax of one key", map(11, 17, 24), map(1, 1, 24)) {
        $0.softmaxAttention(query: $1[0], key: $1[1], value: $1[1], heads: 1, scale: 0.2)
      },
      EngineCase("softmax of slices with a bias", map(5, 5, 10, images: 3)) {
        let parts = $0.split($0.linear($1[0], outputs: 48), parts: 3)
        return $0.softmaxAttention(
          query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.35,
          bias: SoftmaxAttention.RelativeBias(table: $0.parameter("table", [81, 2]), window: 5))
      },
    ]
    + [(8, 12, 0), (8, 12, 2), (9, 13, 0), (9, 13, 2), (17, 22, 3), (25, 13, 1), (3, 2, 1), (4, 4, 2)].map {
      height, width, shift in
      EngineCase("windows of a \(height)×\(width) map shifted by \(shift)", map(height, width, 10, images: 3))
      {
        let window = WindowSize(height: 4, width: 4)
        let windows = $0.partition($1[0], window, shift: shift)
        let parts = $0.split($0["qkv"].linear(windows, outputs: 48), parts: 3)
        let attention = $0.softmaxAttention(
          query: parts[0], key: parts[1], value: parts[2], heads: 2, scale: 0.35,
          bias: SoftmaxAttention.RelativeBias(table: $0.parameter("table", [49, 2]), window: 4),
          grid: .windows(of: $1[0], window, shift: shift))
        return $0.merge($0["proj"].linear(attention, outputs: 10), window, shift: shift, like: $1[0])
      }
    }

  @Test("Softmax attention with biases and masks is the reference's", arguments: softmaxCases)
  func softmax(_ example: EngineCase) throws { try example.check() }
}
