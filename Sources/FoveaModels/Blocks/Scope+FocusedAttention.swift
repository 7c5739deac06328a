import FoveaGraph

/// Focused linear attention with rank restoration (Han et al., "FLatten Transformer", ICCV 2023):
/// O = φ_p(Q) φ_p(K)ᵀ V / norm + DWC(V), eq. 3–5, φ_p on the whole channel vector.
struct FocusedAttention {
  var headDimension: Int
  var focusingFactor: Int
  /// The side of the depthwise kernel that all heads share.
  var kernel: Int
  /// ε of the normaliser; published code adds the same after the ReLU.
  var epsilon: Float
  /// How the checkpoint stores the scale: (C) or (1, 1, C).
  var scaleShape: [Int]
}

extension Scope {
  /// Focused linear attention with its depthwise term: q (B, H, W, C), k and v of any grid → (B, H, W, C).
  ///
  /// - Parameter depthwiseValue: the values on the queries' grid, where they are on another.
  func focusedLinearAttention(
    query: Value, key: Value, value: Value, depthwiseValue: Value? = nil, _ attention: FocusedAttention,
    grid: AttentionBlock.Grid = .whole
  ) -> Value {
    let depthwise = self["dwc"].sharedDepthwise(
      depthwiseValue ?? value, kernel: attention.kernel, repeats: value.channels / attention.headDimension)
    return linearAttention(
      query: query, key: key, value: value, headDimension: attention.headDimension,
      featureMap: focusedFeatures(power: attention.focusingFactor, scaleShape: attention.scaleShape),
      epsilon: attention.epsilon, averagesKeys: true, depthwise: depthwise, grid: grid)
  }

  /// φ_p with the scale that the block learns, eq. 3–4; published code adds 1e-6 after the ReLU.
  func focusedFeatures(power: Int, scaleShape: [Int]) -> AttentionFeatures {
    .focused(power: Float(power), offset: 1e-6, scale: parameter("scale", scaleShape))
  }
}
