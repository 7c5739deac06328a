/// A picture in memory of float32 samples: sRGB, interleaved, rows from top to bottom without padding. What a file of
/// 16 bits becomes when they are kept.
public struct FloatImage: Sendable, Hashable {
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `height × width × 3` samples R, G, B, on the scale of 8 bits: 0...255 with fractions, and a little past
  /// either end where a bicubic resize overshoots.
  public let samples: [Float]

  /// A picture of the given samples, (H, W, 3). Traps unless there are exactly `width * height * 3`.
  public init(width: Int, height: Int, samples: [Float]) {
    precondition(
      width > 0 && height > 0 && samples.count == width * height * 3,
      "FloatImage: \(width) x \(height) needs \(width * height * 3) samples, got \(samples.count)")
    self.width = width
    self.height = height
    self.samples = samples
  }

  /// The picture in 8 bits: rounded to nearest, clipped to 0...255. O(pixels).
  public var rounded: Image {
    Image(width: width, height: height, pixels: samples.map { UInt8(max(0, min(255, $0.rounded()))) })
  }
}
