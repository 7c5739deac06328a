import Foundation
import FoveaGraph

extension DeiT {
  /// Image → tokens, the class token first → `blocks.0` … → `logits`.
  public func graph() -> Graph {
    let builder = GraphBuilder()
    let root = builder.root
    let patches = root["patch_embed"]["proj"].convolution(
      builder.input(), outputs: width, kernel: patchSize, stride: patchSize, padding: 0, bias: true)
    var x = root.tokens(of: patches, self)
    let style = TransformerStyle(normEpsilon: normEpsilon, mlpRatio: mlpRatio, activation: activation)
    for index in 0..<depth {
      x = root["blocks"][index].transformerBlock(x, style) {
        $0["attn"].chosenAttention($1, patches: patches, self)
      }
      builder.name(x, "blocks.\(index)")
    }
    builder.name(root["head"].linear(root.pooled(x, self), outputs: classCount), "logits")
    return builder.graph()
  }

  /// Performer's features follow from the seed.
  public var keys: CheckpointKeys {
    var keys = CheckpointKeys()
    guard attention == .performer else { return keys }
    for index in 0..<depth {
      keys.computed["blocks.\(index).attn.random_features"] =
        .orthogonalFeatures(seed: UInt64(seed) &+ UInt64(index))
    }
    return keys
  }

  var headDimension: Int { width / heads }

  /// M, 2·D·⌈ln D⌉ unless the config has another.
  var randomFeatureCount: Int {
    featureCount ?? 2 * headDimension * max(1, Int(log(Double(headDimension)).rounded(.up)))
  }
}

extension Scope {
  /// The class token, then the patches row by row, each with its position: (B, 1, 1 + N, C).
  fileprivate func tokens(of patches: Value, _ model: DeiT) -> Value {
    let side = model.imageSize / model.patchSize
    let positions = positionTable(
      "pos_embed", rows: side, columns: side, skippedTokens: 1, like: patches, .bicubicAntialiased)
    let classToken = add(
      token("cls_token", shape: [1, 1, model.width]),
      token("pos_embed", shape: [1, 1 + side * side, model.width]))
    return concatenateTokens([classToken, sequence(add(patches, positions))])
  }

  /// What the classes are read from, (B, 1, 1, C).
  fileprivate func pooled(_ input: Value, _ model: DeiT) -> Value {
    switch model.pool {
    case .token: tokens(self["norm"].layerNorm(input, epsilon: model.normEpsilon), from: 0, count: 1)
    case .average:
      self["fc_norm"].layerNorm(
        globalAverage(tokens(input, from: 1, count: nil)), epsilon: model.normEpsilon)
    }
  }

  /// The attention that the config names; the class token attends with the rest.
  fileprivate func chosenAttention(_ input: Value, patches: Value, _ model: DeiT) -> Value {
    let parts = split(self["qkv"].linear(input, outputs: 3 * model.width, bias: model.hasBias), parts: 3)
    let chosen = ChosenAttention(
      choice: model.attention, headDimension: model.headDimension, focusingFactor: model.focusingFactor,
      epsilon: model.attentionEpsilon, scaleShape: [1, 1, model.width],
      randomFeatures: model.randomFeatureCount)
    let attended = chosenAttention(parts, chosen, grid: .sequence(of: patches, leadingTokens: 1)) {
      rankRestoration(parts[2], patches, model)
    }
    return self["proj"].linear(attended, outputs: model.width)
  }

  /// The depthwise term sees the patches on their grid, and not the class token.
  private func rankRestoration(_ value: Value, _ patches: Value, _ model: DeiT) -> Value {
    let map = grid(tokens(value, from: 1, count: nil), like: patches)
    let term = sequence(self["dwc"].sharedDepthwise(map, kernel: model.kernelSize, repeats: model.heads))
    guard model.attention == .depthwise else { return term }
    // Alone it has to stand for the class token too, which then keeps its own value.
    return concatenateTokens([tokens(value, from: 0, count: 1), term])
  }
}
