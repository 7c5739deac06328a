extension Preprocessing {
  /// Writes (value / 255 - mean) / deviation for every pixel and channel, in float32.
  /// `image` (H, W, 3) in 0...255 → `output` (H, W, C) channels-last, C as the mean has numbers. Pixels outside `content`, where it is given,
  /// become 0: padding after normalising. A table of 256 values a channel is exact and needs no division.
  /// Traps unless `output` holds exactly H · W · C values.
  public func normalize(
    _ image: Image, content: PixelRectangle? = nil, into output: UnsafeMutableBufferPointer<Float>
  ) {
    let normalizer = RowNormalizer(self)
    let channels = normalizer.channels
    precondition(
      output.count == image.width * image.height * channels,
      "normalize: \(image.width) x \(image.height) x \(channels), got \(output.count) values")
    let shown = content ?? PixelRectangle(x: 0, y: 0, width: image.width, height: image.height)
    if content != nil { output.update(repeating: 0) }
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in shown.y..<shown.y + shown.height {
        let (start, end) = (y * image.width + shown.x, y * image.width + shown.x + shown.width)
        normalizer.normalize(
          UnsafeBufferPointer(rebasing: pixels[3 * start..<3 * end]),
          into: UnsafeMutableBufferPointer(rebasing: output[channels * start..<channels * end]))
      }
    }
  }
}

extension Preprocessing {
  /// The same for a picture whose 16 bits were kept: (H, W, 3) in 0...255 with fractions → (H, W, C).
  /// Traps unless `output` holds exactly H · W · C values.
  public func normalize(_ image: FloatImage, into output: UnsafeMutableBufferPointer<Float>) {
    image.samples.withUnsafeBufferPointer { RowNormalizer(self).normalize($0, into: output) }
  }
}

/// Writes (value / 255 - mean) / deviation for rows of pixels, in float32, for 8 bits by tables of 256 values a
/// channel.
///
/// There are as many channels as the mean has numbers: 3 are R, G and B; 1 is R, which is the luminance of a picture
/// that was read in grey; the fourth of 4 is alpha, which is 1 everywhere, for what was transparent lies on its
/// background.
public struct RowNormalizer: Sendable {
  /// C of the output.
  public let channels: Int
  private let tables: [Float]
  private let mean: [Float]
  private let deviation: [Float]

  /// The tables of a network's mean and deviation.
  public init(_ preprocessing: Preprocessing) {
    mean = preprocessing.mean.map { Float($0) }
    deviation = preprocessing.standardDeviation.map { Float($0) }
    channels = preprocessing.mean.count
    tables = preprocessing.mean.indices.flatMap { channel in
      // float32 steps, as torchvision takes them
      let mean = Float(preprocessing.mean[channel])
      let deviation = Float(preprocessing.standardDeviation[channel])
      return (0...255).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// Normalises a row: R, G, B in 0...255, (W, 3) → float32, (W, C). Traps unless both have W pixels.
  public func normalize(
    _ row: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    check(row.count, output.count)
    tables.withUnsafeBufferPointer { tables in
      guard channels == 3 else {
        for index in 0..<output.count {
          let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
          output[index] = tables[256 * channel + (channel < 3 ? Int(row[3 * pixel + channel]) : 255)]
        }
        return
      }
      for start in stride(from: 0, to: row.count, by: 3) {
        output[start] = tables[Int(row[start])]
        output[start + 1] = tables[256 + Int(row[start + 1])]
        output[start + 2] = tables[512 + Int(row[start + 2])]
      }
    }
  }

  /// Normalises a row whose 16 bits were kept: R, G, B in 0...255 with fractions, (W, 3) → float32, (W, C).
  /// Traps unless both have W pixels.
  public func normalize(
    _ row: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    check(row.count, output.count)
    for index in 0..<output.count {
      let (pixel, channel) = index.quotientAndRemainder(dividingBy: channels)
      let value = channel < 3 ? row[3 * pixel + channel] / 255 : 1
      output[index] = (value - mean[channel]) / deviation[channel]
    }
  }

  private func check(_ samples: Int, _ values: Int) {
    precondition(
      samples * channels == values * 3, "normalize: \(samples) samples into \(values) values of \(channels)")
  }
}
