import FoveaGraph

extension FLattenCSwin {
  /// Image → `stage1` … `stage4` at strides 4, 8, 16, 32 → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let root = builder.root
    let embedding = root["stage1_conv_embed"]
    let patches = embedding[0].convolution(
      builder.input(), outputs: width, kernel: 7, stride: 4, padding: 2, bias: true)
    var x = embedding[2].layerNorm(patches, epsilon: normEpsilon)
    for stage in 0..<4 {
      if stage > 0 {
        let merge = root["merge\(stage)"]
        let halved = merge["conv"].convolution(x, outputs: width << stage, kernel: 3, stride: 2, bias: true)
        x = merge["norm"].layerNorm(halved, epsilon: normEpsilon)
      }
      for depth in 0..<depths[stage] { x = root["stage\(stage + 1)"][depth].crossBlock(x, stage, self) }
      builder.name(x, "stage\(stage + 1)")
    }
    let normed = root["norm"].layerNorm(x, epsilon: normEpsilon)
    builder.name(root.classifyMean(normed, classes: classCount), "logits")
    return builder.graph()
  }
}

extension Scope {
  fileprivate func crossBlock(_ input: Value, _ stage: Int, _ model: FLattenCSwin) -> Value {
    let style = TransformerStyle(normEpsilon: model.normEpsilon, mlpRatio: model.mlpRatio)
    return transformerBlock(input, style) { scope, x in
      let tokens = scope.split(scope["qkv"].linear(x, outputs: 3 * x.channels), parts: 3)
      let attended = scope["attns"].crossAttention(tokens, stage, model)
      return scope["proj"].linear(attended, outputs: x.channels)
    }
  }

  /// q, k and v of the whole map → the branches' answers side by side.
  private func crossAttention(_ tokens: [Value], _ stage: Int, _ model: FLattenCSwin) -> Value {
    if Array(model.attention)[stage] == AttentionKind.linear.rawValue {
      return self[0].wholeAttention(tokens, stage, model)
    }
    let stripe = model.stripes[stage]
    guard model.isStriped(stage) else {
      let window = min(stripe, model.side(stage))
      return self[0].stripedAttention(
        tokens, WindowSize(height: window, width: window), heads: model.heads[stage])
    }
    // half of the channels and heads in standing stripes, half in lying ones
    let halves = tokens.map { split($0, parts: 2) }
    let windows = [WindowSize(height: nil, width: stripe), WindowSize(height: stripe, width: nil)]
    return concatenateChannels(
      windows.enumerated().map { branch, window in
        self[branch].stripedAttention(halves.map { $0[branch] }, window, heads: model.heads[stage] / 2)
      })
  }

  /// Softmax attention in windows, with the locally enhanced position encoding (LePE) of each window.
  private func stripedAttention(_ tokens: [Value], _ window: WindowSize, heads: Int) -> Value {
    let map = tokens[0]
    let windows = tokens.map { partition($0, window) }
    let position = self["get_v"].convolution(
      windows[2], outputs: map.channels, kernel: 3, groups: map.channels, bias: true)
    let attended = softmaxAttention(
      query: windows[0], key: windows[1], value: windows[2], heads: heads,
      scale: 1 / Float(map.channels / heads).squareRoot(), depthwise: position,
      grid: .windows(of: map, window, shift: 0))
    return merge(attended, window, like: map)
  }

  /// Focused linear attention over the whole map.
  private func wholeAttention(_ tokens: [Value], _ stage: Int, _ model: FLattenCSwin) -> Value {
    let side = model.tables[stage]
    let channels = tokens[0].channels
    let table = positionTable(
      "positional_encoding", rows: side, columns: side, like: tokens[1], .bicubic)
    let attended = focusedLinearAttention(
      query: tokens[0], key: add(tokens[1], table), value: tokens[2],
      FocusedAttention(
        headDimension: channels / model.heads[stage], focusingFactor: model.focusingFactor,
        kernel: model.kernelSize, epsilon: model.attentionEpsilon, scaleShape: [1, 1, channels]))
    let position = self["get_v"].convolution(
      tokens[2], outputs: channels, kernel: 3, groups: channels, bias: true)
    return add(attended, position)
  }
}
