extension Image {
  /// This picture with a mask's colours laid over it: pixel · (1 - opacity) + palette[label] · opacity.
  /// `labels` (H, W) holds indices into `palette`; labels past it leave the picture as it is.
  /// Traps unless there is one label a pixel and `opacity` is in 0...1.
  public func overlaid(labels: [UInt16], palette: [RGB], opacity: Double = 0.5) -> Image {
    precondition(
      labels.count == width * height, "overlaid: \(labels.count) labels for \(width) x \(height) pixels")
    return blended(opacity: opacity) { pixel in
      let label = Int(labels[pixel])
      return label < palette.count ? palette[label] : nil
    }
  }

  /// This picture with a heat map laid over it: pixel · (1 - opacity) + map[value] · opacity.
  /// `values` (H, W) are in 0...1. Traps unless there is one value a pixel and `opacity` is in 0...1.
  public func overlaid(values: [Float], map: ColorMap = .heat, opacity: Double = 0.6) -> Image {
    precondition(
      values.count == width * height, "overlaid: \(values.count) values for \(width) x \(height) pixels")
    return blended(opacity: opacity) { map[values[$0]] }
  }

  private func blended(opacity: Double, color: (Int) -> RGB?) -> Image {
    precondition((0...1).contains(opacity), "overlaid: opacity \(opacity) is not in 0...1")
    let weight = UInt32((opacity * 255).rounded())
    var result = self
    func blend(_ index: Int, _ sample: UInt8) {
      let sum = UInt32(pixels[index]) &* (255 &- weight) &+ UInt32(sample) &* weight
      result.pixels[index] = UInt8(truncatingIfNeeded: roundedBy255(sum))
    }
    for pixel in 0..<width * height {
      guard let over = color(pixel) else { continue }
      blend(3 * pixel, over.red)
      blend(3 * pixel + 1, over.green)
      blend(3 * pixel + 2, over.blue)
    }
    return result
  }
}
