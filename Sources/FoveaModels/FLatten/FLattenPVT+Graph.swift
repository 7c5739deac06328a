import FoveaGraph

/// A stage of a pyramid: its numbers, picked from the model's.
private struct PyramidStage {
  var model: FLattenPVT
  var index: Int
  var isLinear: Bool

  var width: Int { model.widths[index] }
  var heads: Int { model.heads[index] }
  var style: TransformerStyle {
    TransformerStyle(normEpsilon: model.normEpsilon, mlpRatio: model.mlpRatios[index])
  }
  /// The side of the trained grid.
  var side: Int { (0..<index).reduce(model.imageSize / model.patchSize) { side, _ in side / 2 } }
  var reduction: Int {
    guard isLinear else { return model.softmaxReductions[index] }
    return Array(model.linearReductions)[index].wholeNumberValue ?? 1
  }
}

extension FLattenPVT {
  /// Image → `block1` … `block4` at strides 4, 8, 16, 32 → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let root = builder.root
    var x = builder.input()
    for (index, letter) in attention.enumerated() {
      let stage = PyramidStage(model: self, index: index, isLinear: letter == AttentionKind.linear.rawValue)
      x = root["patch_embed\(index + 1)"].pyramidPatches(x, stage)
      if !isSecond {
        let table = root.positionTable(
          "pos_embed\(index + 1)", rows: stage.side, columns: stage.side, like: x, .bicubic)
        x = root.add(x, table)
      }
      for depth in 0..<depths[index] { x = root["block\(index + 1)"][depth].pyramidBlock(x, stage) }
      builder.name(x, "block\(index + 1)")
      if isSecond { x = root["norm\(index + 1)"].layerNorm(x, epsilon: normEpsilon) }
    }
    builder.name(root.classifyMean(x, classes: classCount), "logits")
    return builder.graph()
  }
}

extension Scope {
  /// Patches as pixels: apart in v1 (kernel = stride), overlapping in v2 (7×7, then 3×3).
  fileprivate func pyramidPatches(_ input: Value, _ stage: PyramidStage) -> Value {
    let stride = stage.index == 0 ? stage.model.patchSize : 2
    let kernel = stage.model.isSecond ? (stage.index == 0 ? 7 : 3) : stride
    let patches = self["proj"].convolution(
      input, outputs: stage.width, kernel: kernel, stride: stride,
      padding: stage.model.isSecond ? kernel / 2 : 0, bias: true)
    return self["norm"].layerNorm(patches, epsilon: stage.model.embeddingNormEpsilon)
  }

  fileprivate func pyramidBlock(_ input: Value, _ stage: PyramidStage) -> Value {
    transformerBlock(
      input, stage.style, feedForward: stage.model.isSecond ? { $0.mixingFeedForward($1, stage.style) } : nil
    ) { $0["attn"].pyramidAttention($1, stage) }
  }

  /// PVTv2's MLP: a depthwise 3×3 convolution before the activation.
  private func mixingFeedForward(_ input: Value, _ style: TransformerStyle) -> Value {
    let hidden = self["fc1"].linear(input, outputs: input.channels * style.mlpRatio)
    let mixed = self["dwconv"]["dwconv"].convolution(
      hidden, outputs: hidden.channels, kernel: 3, groups: hidden.channels, bias: true)
    return self["fc2"].linear(activation(mixed, style.activation), outputs: input.channels)
  }

  /// Attention whose keys and values may lie on a reduced grid: q [N, C], k and v [n, C] → [N, C].
  private func pyramidAttention(_ input: Value, _ stage: PyramidStage) -> Value {
    let model = stage.model
    let query = self["q"].linear(input, outputs: stage.width, bias: model.hasBias)
    let reduced = stage.reduction > 1 ? reducedMap(input, stage) : input
    let pair = split(self["kv"].linear(reduced, outputs: 2 * stage.width, bias: model.hasBias), parts: 2)
    let headDimension = stage.width / stage.heads
    let attended: Value
    if stage.isLinear {
      let side = stage.side / stage.reduction
      let position = positionTable(
        "positional_encoding", rows: side, columns: side, like: pair[0], .bicubic)
      attended = focusedLinearAttention(
        query: query, key: add(pair[0], position), value: pair[1],
        depthwiseValue: stage.reduction > 1 ? spread(pair[1], over: query) : nil,
        FocusedAttention(
          headDimension: headDimension, focusingFactor: model.focusingFactor, kernel: model.kernelSize,
          epsilon: model.attentionEpsilon, scaleShape: [1, 1, stage.width]))
    } else {
      attended = softmaxAttention(
        query: query, key: pair[0], value: pair[1], heads: stage.heads,
        scale: 1 / Float(headDimension).squareRoot())
    }
    return self["proj"].linear(attended, outputs: stage.width)
  }

  private func reducedMap(_ input: Value, _ stage: PyramidStage) -> Value {
    let reduced = self["sr"].convolution(
      input, outputs: stage.width, kernel: stage.reduction, stride: stage.reduction, padding: 0, bias: true)
    return self["norm"].layerNorm(reduced, epsilon: stage.model.embeddingNormEpsilon)
  }

  /// Values of a reduced grid on the queries' grid: n → N along the flattened tokens, as published.
  private func spread(_ value: Value, over query: Value) -> Value {
    let tokens = resize(sequence(value), like: sequence(query), .bilinear)
    return grid(tokens, like: query)
  }
}
