import Fovea

/// Every kind of attention of the zoo, on grids that are not square.
enum AttentionKinds {
  static let goldens: [(String, Int, Int)] = [
    ("efficientvit_b_tiny_dims", 96, 128), ("timm_efficientvit_l_tiny", 64, 96),
    ("flatten_pvt_tiny_dims", 64, 96), ("flatten_pvt_v2_tiny_dims", 96, 64),
    ("flatten_swin_tiny_dims", 112, 112), ("flatten_swin_masked_tiny_dims", 112, 100),
    ("flatten_cswin_tiny_dims", 64, 96), ("flatten_cswin_striped_tiny_dims", 64, 96),
    ("mila_tiny_dims", 64, 96), ("timm_deit_tiny_dims", 64, 64),
  ]

  static func cases() throws -> [AttentionCase] {
    try goldens.map { try AttentionCase.golden($0.0, height: $0.1, width: $0.2) } + made
  }

  /// What no golden has: φ of the DeiT variants, a class token beside a depthwise term, reduced keys beside
  /// one, shifted linear windows over a padded map.
  static var made: [AttentionCase] {
    [
      .made("class token, focused", height: 5, width: 7) { scope, map in
        let tokens = scope.concatenateTokens([scope.token("cls", shape: [1, 1, 16]), scope.sequence(map)])
        let (q, k, v) = projections(scope, tokens)
        let patches = scope.grid(scope.tokens(v, from: 1, count: nil), like: map)
        let depthwise = scope.sequence(scope["dwc"].sharedDepthwise(patches, kernel: 3, repeats: 2))
        return scope.linearAttention(
          query: q, key: k, value: v, headDimension: 8,
          featureMap: .focused(power: 3, offset: 1e-6, scale: scope.parameter("scale", [1, 1, 16])),
          epsilon: 1e-6, averagesKeys: true, depthwise: depthwise,
          grid: .sequence(of: map, leadingTokens: 1))
      },
      .made("elu+1", height: 4, width: 9) { scope, map in
        let (q, k, v) = projections(scope, map)
        return scope.linearAttention(
          query: q, key: k, value: v, headDimension: 4, featureMap: .eluPlusOne, epsilon: 1e-6,
          averagesKeys: false)
      },
      .made("performer", height: 6, width: 5) { scope, map in
        let (q, k, v) = projections(scope, map)
        return scope.linearAttention(
          query: q, key: k, value: v, headDimension: 8,
          featureMap: .positiveRandom(scope.parameter("features", [24, 8])), epsilon: 1e-6,
          averagesKeys: false)
      },
      .made("reduced keys", height: 6, width: 10) { scope, map in
        let (q, _, _) = projections(scope, map)
        let small = scope["reduce"].convolution(map, outputs: 16, kernel: 2, stride: 2, padding: 0)
        let (_, k, v) = projections(scope["small"], small)
        let spread = scope.grid(
          scope.resize(scope.sequence(v), like: scope.sequence(q), .bilinear), like: q)
        return scope.linearAttention(
          query: q, key: k, value: v, headDimension: 8, featureMap: .relu, epsilon: 1e-6,
          averagesKeys: false, depthwise: scope["dwc"].sharedDepthwise(spread, kernel: 5, repeats: 2))
      },
      .made("shifted windows of linear attention", height: 8, width: 12) { scope, map in
        windows(scope, map, WindowSize(height: 4, width: 4), shift: 2)
      },
    ]
  }

  /// Attention in windows on a map that they do not divide, where the padding takes its share of each row.
  static var padded: AttentionCase {
    .made("padded windows", height: 7, width: 9) { scope, map in
      windows(scope, map, WindowSize(height: 4, width: 4), shift: 2)
    }
  }

  private static func windows(_ scope: Scope, _ map: Value, _ window: WindowSize, shift: Int) -> Value {
    let cut = scope.partition(map, window, shift: shift)
    let (q, k, v) = projections(scope, cut)
    let attended = scope.linearAttention(
      query: q, key: k, value: v, headDimension: 8, featureMap: .eluPlusOne, epsilon: 1e-6,
      averagesKeys: true, depthwise: scope["dwc"].sharedDepthwise(v, kernel: 3, repeats: 2),
      grid: .windows(of: map, window, shift: shift))
    return scope.merge(attended, window, shift: shift, like: map)
  }

  private static func projections(_ scope: Scope, _ map: Value) -> (Value, Value, Value) {
    let parts = scope.split(scope["qkv"].linear(map, outputs: 48), parts: 3)
    return (parts[0], parts[1], parts[2])
  }
}
