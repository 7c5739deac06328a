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
    let tables = (0..<3).flatMap(normalizedValues)
    let shown = content ?? PixelRectangle(x: 0, y: 0, width: image.width, height: image.height)
    if content != nil { output.update(repeating: 0) }
    tables.withUnsafeBufferPointer { tables in
      image.pixels.withUnsafeBufferPointer { pixels in
        for y in shown.y..<shown.y + shown.height {
          let first = 3 * (y * image.width + shown.x)
          for start in stride(from: first, to: first + 3 * shown.width, by: 3) {
            output[start] = tables[Int(pixels[start])]
            output[start + 1] = tables[256 + Int(pixels[start + 1])]
            output[start + 2] = tables[512 + Int(pixels[start + 2])]
          }
        }
      }
    }
  }

  /// The normalised value of each 8-bit sample of a channel, with float32 steps as torchvision takes them.
  private func normalizedValues(channel: Int) -> [Float] {
    let (mean, deviation) = (Float(mean[channel]), Float(standardDeviation[channel]))
    return (0...255).map { (Float($0) / 255 - mean) / deviation }
  }
}
