import CFoveaKernels
import FoveaGraph

/// A convolution's weights and bias, with a batch norm folded in, in the order in which kernels read them.
struct PackedProduct: Sendable {
  /// Panels of 16 output channels, group by group.
  let weights: AlignedBuffer
  /// (O), or nil.
  let bias: AlignedBuffer?
  /// Positions of the reduction in a panel.
  let depth: Int
  /// Output channels of a group.
  let columns: Int
  /// Bytes of one group's panels.
  let groupBytes: Int
  /// Bytes of one panel.
  let panelBytes: Int

  var byteCount: Int { weights.byteCount + (bias?.byteCount ?? 0) }

  /// Calls `body` with a group's panels, as many at a time as stay in the second-level cache while rows pass.
  ///
  /// Rows go by a dozen at a time, and weights of megabytes would be read anew for each dozen.
  func forEachPanels(_ panels: Range<Int>, _ body: (_ panels: Range<Int>) -> Void) {
    let most = max(2, Self.residentBytes / max(panelBytes, 1)) & ~1
    for first in stride(from: panels.lowerBound, to: panels.upperBound, by: most) {
      body(first..<min(first + most, panels.upperBound))
    }
  }

  private static let residentBytes = Machine.current.secondLevelCache / 8
}

/// A depthwise convolution's weights, [ky][kx][channel], and bias, with a batch norm folded in.
struct PackedDepthwise: Sendable {
  let weights: AlignedBuffer
  let bias: AlignedBuffer?

  var byteCount: Int { weights.byteCount + (bias?.byteCount ?? 0) }
}

/// A factor and a summand for each channel: what a batch norm does, and what is folded into weights.
struct ChannelAffine {
  var factor: [Float]
  var summand: [Float]

  /// γ / √(σ² + ε) and β − μ·γ / √(σ² + ε), computed in float64.
  init(_ norm: BatchNorm, _ source: any ParameterSource) throws {
    let (weight, bias) = (try source.values(of: norm.weight), try source.values(of: norm.bias))
    let (mean, variance) = (try source.values(of: norm.mean), try source.values(of: norm.variance))
    factor = []
    summand = []
    for channel in weight.indices {
      let scale = Double(weight[channel]) / (Double(variance[channel]) + Double(norm.epsilon)).squareRoot()
      factor.append(Float(scale))
      summand.append(Float(Double(bias[channel]) - Double(mean[channel]) * scale))
    }
  }
}

/// A convolution's stored weights and bias, repeated over heads and with its norm folded in.
struct FoldedConvolution {
  var weight: [Float]
  var bias: [Float]?

  init(_ convolution: Convolution, norm: BatchNorm?, _ source: any ParameterSource) throws {
    weight = try Self.repeated(convolution.weight, convolution.repeats, source)
    bias = try convolution.bias.map { try Self.repeated($0, convolution.repeats, source) }
    guard let norm else { return }
    let affine = try ChannelAffine(norm, source)
    let perChannel = weight.count / convolution.outputChannels
    weight.withUnsafeMutableBufferPointer { weight in
      for channel in 0..<convolution.outputChannels {
        let factor = affine.factor[channel]
        for index in channel * perChannel..<(channel + 1) * perChannel { weight[index] *= factor }
      }
    }
    bias = (0..<convolution.outputChannels).map { channel in
      (bias?[channel] ?? 0) * affine.factor[channel] + affine.summand[channel]
    }
  }

  private static func repeated(
    _ parameter: Parameter, _ count: Int, _ source: any ParameterSource
  ) throws -> [Float] {
    let stored = try source.values(of: parameter)
    return count == 1 ? stored : (0..<count).flatMap { _ in stored }
  }
}
