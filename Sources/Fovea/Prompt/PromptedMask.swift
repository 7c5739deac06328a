import FoveaImage

/// What points and a box cut out of a picture.
public struct PromptedMask: Sendable {
  /// Columns of the upright picture.
  public let width: Int
  /// Rows of the upright picture.
  public let height: Int
  /// (H, W), true where the pixel at `y * width + x` belongs to it.
  public let mask: [Bool]
  /// Which of the model's proposals it is, from 0.
  public let candidate: Int
  /// The overlap that the model predicts of this mask with the truth, about 0 to 1.
  public let score: Float
  /// The picture itself.
  public let photo: Image
  /// What was odd about the file; empty for a sound one.
  public let warnings: [String]

  /// Writes the mask as an 8-bit grey PNG of the picture's size: 255 inside, 0 outside.
  ///
  /// The file appears whole or not at all. Throws with status `cannotCreate` or `inputOutput`.
  public func writeMask(to path: String) throws(FoveaError) {
    do {
      try PNGEncoder.write(mask.map { $0 ? 255 : 0 }, .grey, width: width, height: height, to: path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// The picture with what was cut out under a color. O(pixels).
  public func overlay(opacity: Double = 0.5, color: RGB = RGB(30, 144, 255)) -> Image {
    photo.overlaid(labels: mask.map { $0 ? 0 : 1 }, palette: [color], opacity: opacity)
  }
}
