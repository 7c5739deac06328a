import FoveaGraph
import Testing

@Suite struct ReferenceLinearAttentionTests {
  // In linear attention queries' and keys' features are rounded, above and below the fraction; the output is
  // a mean of values: 5 roundings of at most the greatest value.
  static let cases: [OperationCase] = [
    OperationCase(name: "linear attention, ELU + 1, averaged", roundings: 5) {
      $0.linearAttention(
        query: $1[0], key: $1[1], value: $1[2], headDimension: 3, featureMap: .eluPlusOne, epsilon: 0.25,
        averagesKeys: true)
    },
    OperationCase(name: "linear attention, fewer keys") {
      $0.linearAttention(
        query: $1[0], key: $1[1], value: $1[2], headDimension: 3, featureMap: .relu, epsilon: 0.5,
        averagesKeys: false)
    },
    OperationCase(name: "linear attention, its own normaliser") {
      $0.linearAttention(
        query: $1[0], key: $1[1], value: $1[2], normaliserQuery: $1[3], normaliserKey: $1[4],
        headDimension: 3, featureMap: .identity, epsilon: 1e-6, averagesKeys: true)
    },
    OperationCase(name: "multi-scale attention, linear order") {
      $0.interleavedLinearAttention($1, headDimension: 4, featureMap: .relu, epsilon: 1e-15)
    },
    OperationCase(name: "multi-scale attention, quadratic order") {
      $0.interleavedLinearAttention($1, headDimension: 4, featureMap: .relu, epsilon: 1e-15)
    },
    OperationCase(name: "linear attention, positive random features", roundings: 5) {
      $0.linearAttention(
        query: $1[0], key: $1[1], value: $1[2], headDimension: 4,
        featureMap: .positiveRandom($0.parameter("rows", [6, 4])), epsilon: 1e-6, averagesKeys: false)
    },
    OperationCase(name: "linear attention, focused", roundings: 5) {
      $0.linearAttention(
        query: $1[0], key: $1[1], value: $1[2], headDimension: 3,
        featureMap: .focused(power: 3, offset: 1e-6, scale: $0.parameter("scale", [6])), epsilon: 1e-6,
        averagesKeys: true)
    },
    OperationCase(name: "focused attention layer", roundings: layerRoundings, build: focusedLayer),
    OperationCase(name: "multi-scale attention layer", roundings: layerRoundings, build: multiScaleLayer),
  ]

  // These two were recorded in float32: up to 50 terms follow one another in PyTorch's sums (35 tokens, or
  // 25 taps of a kernel, and the 8 channels of two linear layers).
  static let layerRoundings = 50

  @Sendable static func focusedLayer(_ scope: Scope, _ inputs: [Value]) -> Value {
    let parts = scope.split(scope["qkv"].linear(inputs[0], outputs: 24), parts: 3)
    let attention = scope.linearAttention(
      query: parts[0], key: parts[1], value: parts[2], headDimension: 4,
      featureMap: .focused(power: 3, offset: 1e-6, scale: scope.parameter("scale", [8])), epsilon: 1e-6,
      averagesKeys: true, depthwise: scope["dwc"].sharedDepthwise(parts[2], kernel: 5, repeats: 2))
    return scope["proj"].linear(attention, outputs: 8)
  }

  @Sendable static func multiScaleLayer(_ scope: Scope, _ inputs: [Value]) -> Value {
    let tokens = scope["qkv"].convolution(inputs[0], outputs: 24)
    let scales = [3, 5].enumerated().map { index, kernel in
      let scale = scope["aggregate"][index]
      let local = scale[0].convolution(tokens, outputs: 24, kernel: kernel, groups: 24)
      return scale[1].convolution(local, outputs: 24, groups: 6)
    }
    let attention = scope.interleavedLinearAttention(
      [tokens] + scales, headDimension: 4, featureMap: .relu, epsilon: 1e-15)
    let projected = scope["project"]["conv"].convolution(attention, outputs: 8)
    return scope["project"]["norm"].batchNorm(projected, epsilon: 1e-5)
  }

  @Test("Linear attention equals PyTorch's attention with all weights", arguments: cases)
  func attention(operation: OperationCase) throws { try operation.check() }
}
