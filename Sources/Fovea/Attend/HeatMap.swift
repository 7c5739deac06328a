import FoveaImage

/// Values on a coarse grid, to be drawn over a photo.
struct HeatMap {
  /// (H, W), none negative.
  let values: [Float]
  let height: Int
  let width: Int

  /// The photo in grey, under the colors of the values: bilinear between tokens, scaled to the greatest.
  func drawn(over photo: Image, geometry: InputGeometry) -> Image {
    let scale = values.max().flatMap { $0 > 0 ? 1 / $0 : nil } ?? 0
    let columns = (0..<photo.width).map { x in
      position(
        geometry.inputPoint(photoX: Double(x) + 0.5, photoY: 0).x, of: geometry.inputWidth, on: width)
    }
    var picture = photo
    picture.pixels.withUnsafeMutableBufferPointer { pixels in
      for y in 0..<photo.height {
        let row = position(
          geometry.inputPoint(photoX: 0, photoY: Double(y) + 0.5).y, of: geometry.inputHeight, on: height)
        for x in 0..<photo.width {
          let start = 3 * (y * photo.width + x)
          let grey =
            (Int(pixels[start]) * 54 + Int(pixels[start + 1]) * 183 + Int(pixels[start + 2]) * 19) >> 8
          let seen = row.map { row in columns[x].map { value(row, $0) } ?? 0 } ?? 0
          let color = ColorMap.heat[seen * scale]
          pixels[start] = blend(color.red, grey)
          pixels[start + 1] = blend(color.green, grey)
          pixels[start + 2] = blend(color.blue, grey)
        }
      }
    }
    return picture
  }

  /// Three quarters of the color, and a quarter of the photo to find one's way.
  private func blend(_ color: UInt8, _ grey: Int) -> UInt8 {
    UInt8((Int(color) * 3 + grey) / 4)
  }

  /// Two neighbours on the grid and the second one's weight, or nil outside the input.
  private struct Position {
    let first: Int
    let second: Int
    let weight: Float
  }

  private func position(_ point: Double, of extent: Int, on count: Int) -> Position? {
    guard point >= 0, point < Double(extent) else { return nil }
    let place = max(0, point * Double(count) / Double(extent) - 0.5)
    let first = min(Int(place), count - 1)
    return Position(first: first, second: min(first + 1, count - 1), weight: Float(place - Double(first)))
  }

  private func value(_ row: Position, _ column: Position) -> Float {
    func along(_ y: Int) -> Float {
      let (a, b) = (values[y * width + column.first], values[y * width + column.second])
      return a + (b - a) * column.weight
    }
    let (top, bottom) = (along(row.first), along(row.second))
    return max(0, top + (bottom - top) * row.weight)
  }
}

extension Image {
  /// Marks a pixel with a white cross on black, which shows on any ground.
  mutating func markPixel(x: Int, y: Int) {
    let reach = max(3, min(width, height) / 60)
    for (thickness, color) in [(1, RGB.black), (0, RGB.white)] {
      for step in -reach - thickness...reach + thickness {
        for side in -thickness...thickness {
          paint(x + step, y + side, color)
          paint(x + side, y + step, color)
        }
      }
    }
  }

  private mutating func paint(_ x: Int, _ y: Int, _ color: RGB) {
    if x >= 0, y >= 0, x < width, y < height { self[x, y] = color }
  }
}
