import FoveaImage

/// Values on a coarse grid, to be drawn over a photo. What is not finite is not drawn.
struct HeatMap {
  /// (H, W).
  let values: [Float]
  let height: Int
  let width: Int
  let scale: HeatScale

  /// The photo in grey, under the colors of the values: bilinear between tokens, nearest beside such as are
  /// not drawn.
  ///
  /// - Parameter geometry: where the network's input lies on the photo, which may have been made smaller since.
  func drawn(over photo: Image, geometry: InputGeometry) -> Image {
    let shrunk = (
      x: Double(geometry.photoWidth) / Double(photo.width),
      y: Double(geometry.photoHeight) / Double(photo.height)
    )
    let columns = (0..<photo.width).map { x in
      position(
        geometry.inputPoint(photoX: (Double(x) + 0.5) * shrunk.x, photoY: 0).x, of: geometry.inputWidth,
        on: width)
    }
    var picture = photo
    picture.pixels.withUnsafeMutableBufferPointer { pixels in
      for y in 0..<photo.height {
        let row = position(
          geometry.inputPoint(photoX: 0, photoY: (Double(y) + 0.5) * shrunk.y).y, of: geometry.inputHeight,
          on: height)
        for x in 0..<photo.width {
          let start = 3 * (y * photo.width + x)
          let grey =
            (Int(pixels[start]) * 54 + Int(pixels[start + 1]) * 183 + Int(pixels[start + 2]) * 19) >> 8
          let color = row.flatMap { row in columns[x].flatMap { value(row, $0) } }.map { scale[$0] }
          pixels[start] = blend(color?.red, grey)
          pixels[start + 1] = blend(color?.green, grey)
          pixels[start + 2] = blend(color?.blue, grey)
        }
      }
    }
    return picture
  }

  /// Three quarters of the color, and a quarter of the photo to find one's way; half the photo without a color.
  private func blend(_ color: UInt8?, _ grey: Int) -> UInt8 {
    UInt8(color.map { (Int($0) * 3 + grey) / 4 } ?? grey / 2)
  }

  /// Two neighbours on the grid and the second one's weight, or nil outside the input.
  private struct Position {
    let first: Int
    let second: Int
    let weight: Float

    var nearest: Int { weight < 0.5 ? first : second }
  }

  private func position(_ point: Double, of extent: Int, on count: Int) -> Position? {
    guard point >= 0, point < Double(extent) else { return nil }
    let place = max(0, point * Double(count) / Double(extent) - 0.5)
    let first = min(Int(place), count - 1)
    return Position(first: first, second: min(first + 1, count - 1), weight: Float(place - Double(first)))
  }

  private func value(_ row: Position, _ column: Position) -> Float? {
    func along(_ y: Int) -> Float {
      let (a, b) = (values[y * width + column.first], values[y * width + column.second])
      return a + (b - a) * column.weight
    }
    let (top, bottom) = (along(row.first), along(row.second))
    let value = top + (bottom - top) * row.weight
    guard !value.isFinite else { return value }
    let nearest = values[row.nearest * width + column.nearest]
    return nearest.isFinite ? nearest : nil
  }
}

extension Image {
  /// Marks a pixel with a white cross on black, which shows on any ground.
  mutating func markPixel(x: Int, y: Int) {
    let reach = max(3, min(width, height) / 60)
    for (thickness, color) in [(1, RGB.black), (0, RGB.white)] {
      let (long, wide) = (2 * (reach + thickness) + 1, 2 * thickness + 1)
      fill(x: x - reach - thickness, y: y - thickness, width: long, height: wide, color)
      fill(x: x - thickness, y: y - reach - thickness, width: wide, height: long, color)
    }
  }
}
