import FoveaImage

/// The colors of a heat map, and what they stand for.
struct HeatScale: Sendable {
  /// The value of the brightest color.
  let limit: Float
  /// True where the scale goes from −limit to limit, dark in the middle.
  let isDiverging: Bool

  /// The scale of values: up to the greatest magnitude; values that are not finite do not count.
  init(_ values: [Float], isDiverging: Bool) {
    limit = values.reduce(0) { $1.isFinite ? max($0, abs($1)) : $0 }
    self.isDiverging = isDiverging
  }

  /// The color of a value: dark for none, warm and bright for much, cold and bright for much below zero.
  subscript(value: Float) -> RGB {
    guard limit > 0 else { return ColorMap.heat[0] }
    return value < 0 && isDiverging ? ColorMap.cold[-value / limit] : ColorMap.heat[value / limit]
  }

  /// Draws the scale at the lower left: a bar of the colors with the values of its ends above.
  func draw(on picture: inout Image) {
    let unit = max(1, min(picture.width, picture.height) / 240)
    let (width, height) = (min(picture.width - 8 * unit, max(60 * unit, picture.width / 3)), 5 * unit)
    guard width > 24 * unit, picture.height > 24 * unit else { return }
    let (left, top) = (4 * unit, picture.height - height - 4 * unit)
    picture.fill(
      x: 0, y: top - 9 * unit, width: width + 8 * unit, height: picture.height - top + 9 * unit, .black)
    for x in 0..<width {
      let part = Float(x) / Float(width - 1)
      let value = isDiverging ? (2 * part - 1) * limit : part * limit
      picture.fill(x: left + x, y: top, width: 1, height: height, self[value])
    }
    let (low, high) = (isDiverging ? PixelText(-limit) : PixelText(0), PixelText(limit))
    low.draw(on: &picture, x: left, y: top - 7 * unit, unit: unit)
    high.draw(on: &picture, x: left + width - high.width * unit, y: top - 7 * unit, unit: unit)
  }
}

extension Image {
  /// Fills the part of a rectangle that lies on the picture.
  mutating func fill(x: Int, y: Int, width: Int, height: Int, _ color: RGB) {
    for row in max(0, y)..<max(0, y, min(self.height, y + height)) {
      for column in max(0, x)..<max(0, x, min(self.width, x + width)) { self[column, row] = color }
    }
  }

  /// Lays a picture over this one; it must lie inside.
  mutating func place(_ picture: Image, x: Int, y: Int) {
    for row in 0..<picture.height {
      for column in 0..<picture.width { self[x + column, y + row] = picture[column, row] }
    }
  }
}
