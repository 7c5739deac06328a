extension Preprocessing {
  /// Writes (value / 255 - mean) / deviation for every pixel and channel, in float32.
  /// `image` (H, W, 3) in 0...255 → `output` (H, W, 3) channels-last. A table of 256 values a channel is exact
  /// and needs no division. Traps unless `output` holds exactly H · W · 3 values.
  public func normalize(_ image: Image, into output: UnsafeMutableBufferPointer<Float>) {
    precondition(
      output.count == image.pixels.count,
      "normalize: \(image.width) x \(image.height) needs \(image.pixels.count) values, got \(output.count)")
    let tables = (0..<3).map(normalizedValues)
    tables[0].withUnsafeBufferPointer { red in
      tables[1].withUnsafeBufferPointer { green in
        tables[2].withUnsafeBufferPointer { blue in
          image.pixels.withUnsafeBufferPointer { pixels in
            for start in stride(from: 0, to: pixels.count, by: 3) {
              output[start] = red[Int(pixels[start])]
              output[start + 1] = green[Int(pixels[start + 1])]
              output[start + 2] = blue[Int(pixels[start + 2])]
            }
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
