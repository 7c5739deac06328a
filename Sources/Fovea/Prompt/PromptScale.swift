import FoveaEngine
import FoveaImage
import FoveaModels

/// Between a photo's pixels and the frame of prompts, whose longest side is 1024.
struct PromptScale {
  private let photoHeight: Int
  private let photoWidth: Int
  private let frame: Int
  /// The photo's size in the frame.
  private let height: Int
  private let width: Int

  init(_ photo: Image, frame: Int) {
    (photoHeight, photoWidth, self.frame) = (photo.height, photo.width, frame)
    (height, width) = Self.fitted(photo, longest: frame)
  }

  /// The size of a photo whose longest side becomes `longest`, each side rounded half up.
  static func fitted(_ photo: Image, longest: Int) -> (height: Int, width: Int) {
    let scale = Double(longest) / Double(max(photo.width, photo.height))
    return (
      max(1, Int(Double(photo.height) * scale + 0.5)), max(1, Int(Double(photo.width) * scale + 0.5))
    )
  }

  /// A point of the photo in the frame.
  func point(_ point: PromptPoint) -> PromptPoint {
    PromptPoint(x: x(point.x), y: y(point.y), isForeground: point.isForeground)
  }

  /// A box of the photo in the frame.
  func box(_ box: PromptBox) -> PromptBox {
    PromptBox(left: x(box.left), top: y(box.top), right: x(box.right), bottom: y(box.bottom))
  }

  /// One channel of the decoder's masks as logits of the photo's size: bilinear to the frame, cut to the photo's
  /// part of it, bilinear to the photo.
  func mask(_ masks: FeatureMap, channel: Int) -> [Float] {
    let (h, w, count) = (masks.shape.height, masks.shape.width, masks.shape.channels)
    let low = Plane(
      height: h, width: w, values: (0..<h * w).map { masks.values[$0 * count + channel] })
    return low.resized(height: frame, width: frame).cut(height: height, width: width)
      .resized(height: photoHeight, width: photoWidth).values
  }

  private func x(_ value: Float) -> Float { value * Float(width) / Float(photoWidth) }
  private func y(_ value: Float) -> Float { value * Float(height) / Float(photoHeight) }
}

/// Numbers on a grid.
struct Plane {
  let height: Int
  let width: Int
  /// Rows from top to bottom.
  let values: [Float]

  /// The upper left part.
  func cut(height: Int, width: Int) -> Plane {
    Plane(
      height: height, width: width,
      values: (0..<height).flatMap { values[$0 * self.width..<$0 * self.width + width] })
  }

  /// Bilinear, corners not aligned, no antialias.
  func resized(height: Int, width: Int) -> Plane {
    let columns = (0..<width).map { Self.position($0, of: width, on: self.width) }
    var result: [Float] = []
    result.reserveCapacity(height * width)
    for y in 0..<height {
      let row = Self.position(y, of: height, on: self.height)
      let (top, bottom) = (row.first * self.width, row.second * self.width)
      for column in columns {
        let a = values[top + column.first] * (1 - column.weight) + values[top + column.second] * column.weight
        let b =
          values[bottom + column.first] * (1 - column.weight) + values[bottom + column.second] * column.weight
        result.append(a * (1 - row.weight) + b * row.weight)
      }
    }
    return Plane(height: height, width: width, values: result)
  }

  private static func position(
    _ index: Int, of count: Int, on grid: Int
  ) -> (first: Int, second: Int, weight: Float) {
    let place = max(0, (Float(index) + 0.5) * Float(grid) / Float(count) - 0.5)
    let first = min(Int(place), grid - 1)
    return (first, min(first + 1, grid - 1), place - Float(first))
  }
}
