/// A rectangle of whole pixels, from the top left.
public struct PixelRectangle: Sendable, Hashable {
  /// The first column.
  public var x: Int
  /// The first row.
  public var y: Int
  /// Columns.
  public var width: Int
  /// Rows.
  public var height: Int

  /// A rectangle of `width` columns from `x` on and `height` rows from `y` on.
  public init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}

/// How a network's input lies on the upright photo: the photo is resized, then the input is a window of it.
/// Masks and attention maps of the input go back to the photo through it.
public struct InputGeometry: Sendable, Hashable {
  /// The upright photo's columns.
  public let photoWidth: Int
  /// The upright photo's rows.
  public let photoHeight: Int
  /// Columns that the photo is resized to.
  public let resizedWidth: Int
  /// Rows that the photo is resized to.
  public let resizedHeight: Int
  /// The column of the resized photo at the input's column 0; negative where the input begins with padding.
  public let offsetX: Int
  /// The row of the resized photo at the input's row 0; negative where the input begins with padding.
  public let offsetY: Int
  /// The input's columns.
  public let inputWidth: Int
  /// The input's rows.
  public let inputHeight: Int
  /// The colour of input pixels outside the photo.
  public let fill: RGB

  /// A geometry of the given numbers. Traps unless all sizes are at least 1 and input and photo meet.
  public init(
    photoWidth: Int, photoHeight: Int, resizedWidth: Int, resizedHeight: Int, offsetX: Int = 0,
    offsetY: Int = 0, inputWidth: Int, inputHeight: Int, fill: RGB = .black
  ) {
    self.photoWidth = photoWidth
    self.photoHeight = photoHeight
    self.resizedWidth = resizedWidth
    self.resizedHeight = resizedHeight
    self.offsetX = offsetX
    self.offsetY = offsetY
    self.inputWidth = inputWidth
    self.inputHeight = inputHeight
    self.fill = fill
    let smallest = min(photoWidth, photoHeight, resizedWidth, resizedHeight, inputWidth, inputHeight)
    precondition(
      smallest >= 1 && content.width >= 1 && content.height >= 1,
      "InputGeometry: photo \(photoWidth) x \(photoHeight), resized \(resizedWidth) x \(resizedHeight), "
        + "input \(inputWidth) x \(inputHeight) at (\(offsetX), \(offsetY))")
  }

  /// The geometry of an input that is the photo itself. Traps unless both sides are at least 1.
  public init(photoWidth: Int, photoHeight: Int) {
    self.init(
      photoWidth: photoWidth, photoHeight: photoHeight, resizedWidth: photoWidth, resizedHeight: photoHeight,
      inputWidth: photoWidth, inputHeight: photoHeight)
  }

  /// The part of the input that shows the photo, in input pixels; the rest is padding.
  public var content: PixelRectangle {
    let x = max(0, -offsetX)
    let y = max(0, -offsetY)
    return PixelRectangle(
      x: x, y: y, width: min(inputWidth, resizedWidth - offsetX) - x,
      height: min(inputHeight, resizedHeight - offsetY) - y)
  }

  /// True when every pixel of the photo is in the input.
  public var showsWholePhoto: Bool { content.width == resizedWidth && content.height == resizedHeight }

  /// The point of the photo under a point of the input. Both count from the top left corner of the first pixel,
  /// so that pixel i's centre is at i + 0.5.
  public func photoPoint(inputX: Double, inputY: Double) -> (x: Double, y: Double) {
    (
      (inputX + Double(offsetX)) * Double(photoWidth) / Double(resizedWidth),
      (inputY + Double(offsetY)) * Double(photoHeight) / Double(resizedHeight)
    )
  }

  /// The point of the input over a point of the photo, which may lie outside the input; the inverse of `photoPoint`.
  public func inputPoint(photoX: Double, photoY: Double) -> (x: Double, y: Double) {
    (
      photoX * Double(resizedWidth) / Double(photoWidth) - Double(offsetX),
      photoY * Double(resizedHeight) / Double(photoHeight) - Double(offsetY)
    )
  }
}
