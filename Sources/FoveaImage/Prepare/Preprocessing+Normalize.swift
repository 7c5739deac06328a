extension Preprocessing {
  /// Writes (value / 255 - mean) / deviation for every pixel and channel, in float32.
  /// `image` (H, W, 3) in 0...255 → `output` (H, W, 3) channels-last. Pixels outside `content`, where it is given,
  /// become 0: padding after normalising. A table of 256 values a channel is exact and needs no division.
  /// Traps unless `output` holds exactly H · W · 3 values.
  public func normalize(
    _ image: Image, content: PixelRectangle? = nil, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(
      output.count == image.pixels.count,
      "normalize: \(image.width) x \(image.height) needs \(image.pixels.count) values, got \(output.count)")
    let normalizer = RowNormalizer(self)
    let shown = content ?? PixelRectangle(x: 0, y: 0, width: image.width, height: image.height)
    if content != nil { output.update(repeating: 0) }
    image.pixels.withUnsafeBufferPointer { pixels in
      for y in shown.y..<shown.y + shown.height {
        let row = 3 * (y * image.width + shown.x)..<3 * (y * image.width + shown.x + shown.width)
        normalizer.normalize(
          UnsafeBufferPointer(rebasing: pixels[row]),
          into: UnsafeMutableBufferPointer(rebasing: output[row]))
      }
    }
  }
}

extension Preprocessing {
  /// The same for a picture whose 16 bits were kept: (H, W, 3) in 0...255 with fractions → (H, W, 3).
  /// Traps unless `output` holds exactly H · W · 3 values.
  public func normalize(_ image: FloatImage, into output: UnsafeMutableBufferPointer<Float>) {
    image.samples.withUnsafeBufferPointer { RowNormalizer(self).normalize($0, into: output) }
  }
}

/// Writes (value / 255 - mean) / deviation for rows of pixels, in float32, for 8 bits by tables of 256 values a
/// channel.
public struct RowNormalizer: Sendable {
  private let tables: [Float]
  private let mean: [Float]
  private let deviation: [Float]

  /// The tables of a network's mean and deviation.
  public init(_ preprocessing: Preprocessing) {
    mean = preprocessing.mean.map { Float($0) }
    deviation = preprocessing.standardDeviation.map { Float($0) }
    tables = (0..<3).flatMap { channel in
      // float32 steps, as torchvision takes them
      let mean = Float(preprocessing.mean[channel])
      let deviation = Float(preprocessing.standardDeviation[channel])
      return (0...255).map { (Float($0) / 255 - mean) / deviation }
    }
  }

  /// Normalises a row: R, G, B in 0...255, (W, 3) → float32, (W, 3). Traps unless both are of one length.
  public func normalize(
    _ row: UnsafeBufferPointer<UInt8>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(row.count == output.count, "normalize: \(row.count) samples into \(output.count) values")
    tables.withUnsafeBufferPointer { tables in
      for start in stride(from: 0, to: row.count, by: 3) {
        output[start] = tables[Int(row[start])]
        output[start + 1] = tables[256 + Int(row[start + 1])]
        output[start + 2] = tables[512 + Int(row[start + 2])]
      }
    }
  }

  /// Normalises a row whose 16 bits were kept: R, G, B in 0...255 with fractions, (W, 3) → float32, (W, 3).
  /// Traps unless both are of one length.
  public func normalize(
    _ row: UnsafeBufferPointer<Float>, into output: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(row.count == output.count, "normalize: \(row.count) samples into \(output.count) values")
    for index in 0..<row.count {
      output[index] = (row[index] / 255 - mean[index % 3]) / deviation[index % 3]
    }
  }
}
