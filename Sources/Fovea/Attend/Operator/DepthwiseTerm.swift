/// The depthwise terms beside an attention (DWC, LePE) as matrices T_c, cut at the borders as the convolutions
/// are: T_c v_c is what they add to the attention, but for their bias.
///
/// A convolution sees the slots of a window on their grid, past the leading ones. Where the values lie on
/// another grid they are interpolated to it first, along the flattened tokens.
public struct DepthwiseTerm: Sendable {
  /// The side of the square kernels.
  public let side: Int
  /// (heads, D, side, side): the kernel of each channel, correlated with the values.
  public let kernels: [Float]
  /// Heads.
  public let heads: Int
  /// D, the channels of a head.
  public let channels: Int

  /// Rows of the grid that the kernels go over.
  public let height: Int
  /// Columns of that grid.
  public let width: Int
  /// Tokens before the grid's, which it leaves alone.
  public let leading: Int
  /// The values' tokens, where they are interpolated to the grid.
  public let sources: Int?

  /// The kernel of a channel of a head, or the mean over its channels: (side, side).
  public func kernel(head: Int, channel: Int?) -> [Float] {
    let area = side * side
    return (0..<area).map { tap in
      guard let channel else {
        let sum = (0..<channels).reduce(0.0) { $0 + Double(kernels[(head * channels + $1) * area + tap]) }
        return Float(sum / Double(channels))
      }
      return kernels[(head * channels + channel) * area + tap]
    }
  }
}
