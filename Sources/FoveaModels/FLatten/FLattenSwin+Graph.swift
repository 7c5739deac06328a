import FoveaGraph

/// The windows of a stage: their side, and whether the trained ones covered the map.
private struct SwinStage {
  var model: FLattenSwin
  var index: Int
  var isLinear: Bool

  var width: Int { model.width << index }
  var heads: Int { model.heads[index] }
  /// The side of the trained grid.
  var side: Int { (0..<index).reduce(model.imageSize / model.patchSize) { side, _ in (side + 1) / 2 } }
  var window: Int { min(side, isLinear ? model.windowSize : model.softmaxWindow) }
  /// Such a window has no border that a shift could move.
  var isCovering: Bool { window == side }
}

extension FLattenSwin {
  /// Image → `layers.0` …, each after the merging of its patches → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let root = builder.root
    let patches = root["patch_embed"]["proj"].convolution(
      builder.input(), outputs: width, kernel: patchSize, stride: patchSize, padding: 0, bias: true)
    var x = root["patch_embed"]["norm"].layerNorm(patches, epsilon: normEpsilon)
    for (index, letter) in attention.enumerated() {
      let stage = SwinStage(model: self, index: index, isLinear: letter == AttentionKind.linear.rawValue)
      let layer = root["layers"][index]
      for depth in 0..<depths[index] {
        let shift = depth.isMultiple(of: 2) || stage.isCovering ? 0 : stage.window / 2
        x = layer["blocks"][depth].swinBlock(x, stage, shift: shift)
      }
      if index < depths.count - 1 { x = layer["downsample"].mergedPatches(x, epsilon: normEpsilon) }
      builder.name(x, "layers.\(index)")
    }
    let normed = root["norm"].layerNorm(x, epsilon: normEpsilon)
    builder.name(root.classifyMean(normed, classes: classCount), "logits")
    return builder.graph()
  }
}

extension Scope {
  /// 2×2 patches as one: (B, H, W, C) → (B, ⌈H/2⌉, ⌈W/2⌉, 2C).
  fileprivate func mergedPatches(_ input: Value, epsilon: Float) -> Value {
    let normed = self["norm"].layerNorm(spaceToDepth(input), epsilon: epsilon)
    return self["reduction"].linear(normed, outputs: 2 * input.channels, bias: false)
  }

  fileprivate func swinBlock(_ input: Value, _ stage: SwinStage, shift: Int) -> Value {
    let style = TransformerStyle(normEpsilon: stage.model.normEpsilon, mlpRatio: stage.model.mlpRatio)
    return transformerBlock(input, style) { scope, x in
      if stage.isLinear && stage.isCovering { return scope["attn"].swinAttention(x, stage, grid: .whole) }
      // [B, H, W, C] → [windows, h, w, C]
      let window = WindowSize(height: stage.window, width: stage.window)
      let windows = scope.partition(x, window, shift: shift)
      let attended = scope["attn"].swinAttention(
        windows, stage, grid: .windows(of: x, window, shift: shift))
      return scope.merge(attended, window, shift: shift, like: x)
    }
  }

  /// Attention within windows, (windows, h, w, C) → the same.
  private func swinAttention(_ input: Value, _ stage: SwinStage, grid: AttentionBlock.Grid) -> Value {
    let model = stage.model
    let tokens = split(self["qkv"].linear(input, outputs: 3 * stage.width), parts: 3)
    let headDimension = stage.width / stage.heads
    let attended: Value
    if stage.isLinear {
      let position = positionTable(
        "positional_encoding", rows: stage.window, columns: stage.window, like: tokens[1], .bicubic)
      attended = focusedLinearAttention(
        query: tokens[0], key: add(tokens[1], position), value: tokens[2],
        FocusedAttention(
          headDimension: headDimension, focusingFactor: model.focusingFactor, kernel: model.kernelSize,
          epsilon: model.attentionEpsilon, scaleShape: [1, 1, stage.width]),
        grid: grid)
    } else {
      let side = 2 * stage.window - 1
      attended = softmaxAttention(
        query: tokens[0], key: tokens[1], value: tokens[2], heads: stage.heads,
        scale: 1 / Float(headDimension).squareRoot(),
        bias: SoftmaxAttention.RelativeBias(
          table: parameter("relative_position_bias_table", [side * side, stage.heads]), window: stage.window),
        grid: grid)
    }
    return self["proj"].linear(attended, outputs: stage.width)
  }
}
