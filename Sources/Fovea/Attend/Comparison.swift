import FoveaEngine

/// A block's queries and keys before any φ, and the channels' focusing factors where it has them. They are split
/// into heads when they are asked for.
struct ComparedInputs: Sendable {
  /// The maps of q and of k, or of both with the values interleaved.
  let maps: [FeatureMap]
  let isInterleaved: Bool
  /// D.
  let width: Int
  let focusing: [Double]?

  var queries: HeadFeatures { features(part: 0) }
  var keys: HeadFeatures { features(part: 1) }

  private func features(part: Int) -> HeadFeatures {
    isInterleaved
      ? HeadFeatures(interleaved: maps, part: part, width: width) : HeadFeatures(maps[part], width: width)
  }
}

/// Another attention to give a block's queries and keys to.
public enum ComparedKernel: Sendable, Hashable, CustomStringConvertible {
  /// exp(q·k / √D), normalised; with the block's own bias and mask where it is a softmax itself.
  case softmax
  /// ELU(x) + 1.
  case eluPlusOne
  /// max(x, 0).
  case relu
  /// FLatten's focused φ of a power; with the block's own scale where it has one.
  case focused(Int)

  /// Those that a comparison shows: softmax, ELU+1, ReLU, focused with powers 1 to 4.
  public static let all: [ComparedKernel] =
    [.softmax, .eluPlusOne, .relu] + (1...4).map(ComparedKernel.focused)

  /// `softmax`, `elu+1`, `relu`, `focused-3`.
  public var description: String {
    switch self {
    case .softmax: "softmax"
    case .eluPlusOne: "elu+1"
    case .relu: "relu"
    case .focused(let power): "focused-\(power)"
    }
  }
}

extension BlockAttention {
  /// The same queries and keys under another kernel, with the block's own depthwise term. O(N·M), softmax O(N²·M).
  ///
  /// Linear kernels take ε = 10⁻⁶; a rotation before the attention is left out.
  public func under(_ kernel: ComparedKernel) -> BlockAttention {
    let inputs = AttentionInputs(queries: compared.queries, keys: compared.keys)
    let other: AttentionFactors
    switch kernel {
    case .softmax:
      guard factors.kind == .linear else { return self }
      let scale = 1 / Float(compared.width).squareRoot()
      other = AttentionFactors(softmax: inputs, scale: scale, addends: nil)
    case .eluPlusOne: other = linear(inputs, .eluPlusOne)
    case .relu: other = linear(inputs, .relu)
    case .focused(let power):
      let count = factors.heads * compared.width
      let factors = compared.focusing ?? [Double](repeating: 1, count: count)
      other = linear(inputs, .focused(power: Double(power), offset: 1e-6, factors: factors))
    }
    return BlockAttention(
      path: path, kernel: "\(kernel)", height: height, width: width, keyHeight: keyHeight,
      keyWidth: keyWidth, leadingTokens: leadingTokens, window: window, factors: other,
      depthwise: depthwise, isSigned: depthwise?.kernels.contains { $0 < 0 } ?? false,
      queryLayout: queryLayout, keyLayout: keyLayout, compared: compared)
  }

  private func linear(_ inputs: AttentionInputs, _ phi: Phi) -> AttentionFactors {
    AttentionFactors(linear: inputs, phi: phi, epsilon: 1e-6, averagesKeys: false)
  }
}
