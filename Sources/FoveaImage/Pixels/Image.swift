/// A picture in memory: 8-bit sRGB, interleaved, rows from top to bottom without padding.
public struct Image: Sendable, Hashable {
  /// Pixels in a row.
  public let width: Int
  /// Rows.
  public let height: Int
  /// `height × width × 3` samples R, G, B in 0...255; pixel (x, y) begins at `(y * width + x) * 3`.
  public var pixels: [UInt8]

  /// A picture of the given samples, (H, W, 3). Traps unless there are exactly `width * height * 3`.
  public init(width: Int, height: Int, pixels: [UInt8]) {
    precondition(
      width > 0 && height > 0 && pixels.count == width * height * 3,
      "Image: \(width) x \(height) needs \(width * height * 3) samples, got \(pixels.count)")
    self.width = width
    self.height = height
    self.pixels = pixels
  }

  /// A picture of one colour. Traps unless both sides are at least 1.
  public init(width: Int, height: Int, filledWith color: RGB) {
    precondition(width > 0 && height > 0, "Image: sides must be at least 1, got \(width) x \(height)")
    self.width = width
    self.height = height
    pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      for pixel in 0..<width * height {
        buffer[3 * pixel] = color.red
        buffer[3 * pixel + 1] = color.green
        buffer[3 * pixel + 2] = color.blue
      }
      count = width * height * 3
    }
  }

  /// The colour at column `x` and row `y`, from the top left. Traps outside the picture.
  public subscript(x: Int, y: Int) -> RGB {
    get {
      let start = sample(x, y)
      return RGB(pixels[start], pixels[start + 1], pixels[start + 2])
    }
    set {
      let start = sample(x, y)
      pixels[start] = newValue.red
      pixels[start + 1] = newValue.green
      pixels[start + 2] = newValue.blue
    }
  }

  private func sample(_ x: Int, _ y: Int) -> Int {
    precondition(
      x >= 0 && x < width && y >= 0 && y < height,
      "Image: pixel (\(x), \(y)) is outside \(width) x \(height)")
    return (y * width + x) * 3
  }
}
