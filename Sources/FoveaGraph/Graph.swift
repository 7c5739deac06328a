/// A model: typed operations over feature maps, independent of the input's size.
///
/// Everything that is known of a model is read from here: shapes and costs before anything runs, the
/// reference executor, the engine's plan, taps, streaming.
public struct Graph: Sendable {
  /// The operations, each after those that it reads.
  public let nodes: [Node]
  /// The named maps, in the order of naming: stage outputs, and the result as `logits`.
  public let outputs: [NamedValue]
  /// The attention layers, in the order of computation.
  public let attentionBlocks: [AttentionBlock]

  /// A map with a name that users ask for.
  public struct NamedValue: Sendable, Hashable {
    /// The name, e.g. `stage3`.
    public let name: String
    /// The map.
    public let value: Value
  }

  /// The maps given by the caller.
  public var inputs: [NamedValue] {
    nodes.enumerated().compactMap { index, node in
      guard case .input(let input) = node.operation else { return nil }
      return NamedValue(name: input.name, value: Value(index: index, channels: input.channels))
    }
  }

  /// The map of a name, or nil.
  public func output(named name: String) -> Value? {
    outputs.first { $0.name == name }?.value
  }

  /// Every tensor that the graph needs, once each, in the order of first use.
  public var parameters: [Parameter] {
    var seen = Set<String>()
    return nodes.flatMap(\.operation.rules.parameters).filter { seen.insert($0.path).inserted }
  }
}

/// An attention layer of a graph, for whoever wants to look into it.
public struct AttentionBlock: Sendable, Hashable {
  /// The dotted path of the layer, e.g. `backbone.stages.3.1.attention`.
  public let path: String
  /// The attention itself: a `linearAttention` or `softmaxAttention` node, whose inputs are q, k and v.
  public let attention: Value
  /// The depthwise term beside it (DWC, LePE), where there is one: a convolution of the values, which
  /// sees all but the leading tokens.
  public let depthwise: Value?
  /// Where its tokens lie on the image.
  public let grid: Grid

  /// How the tokens of an attention lie on a map of the image.
  public enum Grid: Sendable, Hashable {
    /// The queries' map is the grid.
    case whole
    /// The inputs are the windows of a map; the attention does not see it whole.
    case windows(of: Value, WindowSize, shift: Int)
    /// The inputs are a sequence: so many leading tokens (the class token), then the pixels of a map.
    case sequence(of: Value, leadingTokens: Int)
  }
}
