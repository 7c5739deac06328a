import FoveaGraph

/// What the layers of multi-scale linear attention are called in a checkpoint.
struct MultiScaleNames {
  var queryKeyValue: String
  var aggregate: String
  var project: String

  /// The names of EfficientViT's code.
  static let efficientViT = MultiScaleNames(queryKeyValue: "qkv.conv", aggregate: "aggreg", project: "proj")
  /// The names of the hybrid's specification.
  static let hybrid = MultiScaleNames(queryKeyValue: "qkv", aggregate: "aggregate", project: "project")
}

/// ReLU linear attention over tokens aggregated at several scales (EfficientViT, ICCV 2023, section 3.1,
/// eq. 2: O_i = ReLU(Q_i) Σ_j ReLU(K_j)ᵀ V_j / (ReLU(Q_i) Σ_j ReLU(K_j)ᵀ)).
struct MultiScaleAttention {
  var headDimension: Int
  var kernels: [Int]
  var epsilon: Float
  var names: MultiScaleNames
  var style: ConvNormStyle
}

extension Scope {
  /// Multi-scale linear attention: (B, H, W, C) → (B, H, W, C).
  func multiScaleAttention(_ input: Value, _ attention: MultiScaleAttention) -> Value {
    let heads = input.channels / attention.headDimension
    let total = 3 * heads * attention.headDimension
    // [C] → heads of (q, k, v), each D
    let tokens = self[attention.names.queryKeyValue].convolution(input, outputs: total)
    let scales = attention.kernels.enumerated().map { index, kernel in
      let scale = self[attention.names.aggregate][index]
      let near = scale[0].convolution(tokens, outputs: total, kernel: kernel, groups: total)
      return scale[1].convolution(near, outputs: total, groups: 3 * heads)
    }
    // scales are further heads: [(1 + S)·heads·D]
    let attended = interleavedLinearAttention(
      [tokens] + scales, headDimension: attention.headDimension, featureMap: .relu,
      epsilon: attention.epsilon)
    return self[attention.names.project].convNorm(
      attended, input.channels, style: attention.style, isActive: false)
  }
}
