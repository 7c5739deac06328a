import FoveaGraph

/// What relates the tokens of a block, chosen by a config: the attentions that published work compares.
public enum AttentionChoice: String, Codable, Sendable, CaseIterable {
  /// softmax(q·kᵀ / √D)·v
  case softmax
  /// Linear, φ = ELU + 1.
  case eluPlusOne = "elu"
  /// Linear, φ = ReLU.
  case relu
  /// Focused linear, with the depthwise term.
  case focused
  /// Focused linear, without it.
  case focusedWithoutDepthwise = "focused_without_dwc"
  /// Linear, φ = ELU + 1, with the depthwise term.
  case eluPlusOneWithDepthwise = "elu_with_dwc"
  /// The depthwise term alone: tokens see their neighbours and nothing else.
  case depthwise = "dwc"
  /// Linear, φ = positive orthogonal random features (FAVOR+).
  case performer

  /// Whether a depthwise convolution of the values is added.
  var hasDepthwise: Bool { self == .focused || self == .eluPlusOneWithDepthwise || self == .depthwise }
}

/// The numbers that the attentions of a choice share.
struct ChosenAttention {
  var choice: AttentionChoice
  var headDimension: Int
  /// p of the focusing map.
  var focusingFactor: Int
  /// ε of a linear attention's normaliser.
  var epsilon: Float
  /// How the checkpoint stores the focusing map's scale: (C) or (1, 1, C).
  var scaleShape: [Int]
  /// M of Performer.
  var randomFeatures = 0
}

extension Scope {
  /// The attention of a choice over q, k and v, (B, H, W, C) each, and the depthwise term where it has one.
  ///
  /// - Parameter depthwise: makes the depthwise term; called where the choice has one.
  func chosenAttention(
    _ tokens: [Value], _ attention: ChosenAttention, grid: AttentionBlock.Grid = .whole,
    depthwise: () -> Value
  ) -> Value {
    let (query, key, value) = (tokens[0], tokens[1], tokens[2])
    let term = attention.choice.hasDepthwise ? depthwise() : nil
    switch attention.choice {
    case .depthwise: return term ?? value
    case .softmax:
      return softmaxAttention(
        query: query, key: key, value: value, heads: value.channels / attention.headDimension,
        scale: 1 / Float(attention.headDimension).squareRoot(), grid: grid)
    default:
      let isFocused = attention.choice == .focused || attention.choice == .focusedWithoutDepthwise
      return linearAttention(
        query: query, key: key, value: value, headDimension: attention.headDimension,
        featureMap: featureMap(attention), epsilon: attention.epsilon, averagesKeys: isFocused,
        depthwise: term, grid: grid)
    }
  }

  private func featureMap(_ attention: ChosenAttention) -> AttentionFeatures {
    switch attention.choice {
    case .softmax, .depthwise: .identity
    case .eluPlusOne, .eluPlusOneWithDepthwise: .eluPlusOne
    case .relu: .relu
    case .focused, .focusedWithoutDepthwise:
      focusedFeatures(power: attention.focusingFactor, scaleShape: attention.scaleShape)
    case .performer:
      .positiveRandom(
        parameter("random_features", [attention.randomFeatures, attention.headDimension]))
    }
  }
}
