import FoveaImage

/// The attention of a network's blocks in one picture, and where their tokens lie on it.
public struct PhotoAttention: Sendable {
  /// The upright picture.
  public let photo: Image
  /// Where the network's input lies on it.
  public let geometry: InputGeometry
  /// The blocks that were asked for, in order.
  public let blocks: [BlockAttention]
  /// What was odd about the file; empty for a sound one.
  public let warnings: [String]

  /// The token of a block under a pixel of the picture, or nil where the network does not see that pixel.
  public func token(of block: BlockAttention, x: Int, y: Int) -> Int? {
    pixel(x, y, height: block.height, width: block.width).map { block.leadingTokens + $0 }
  }

  /// The key of a block under a pixel of the picture: another than the query where keys are reduced.
  public func key(of block: BlockAttention, x: Int, y: Int) -> Int? {
    pixel(x, y, height: block.keyHeight, width: block.keyWidth).map { block.leadingTokens + $0 }
  }

  private func pixel(_ x: Int, _ y: Int, height: Int, width: Int) -> Int? {
    let point = geometry.inputPoint(photoX: Double(x) + 0.5, photoY: Double(y) + 0.5)
    guard point.x >= 0, point.y >= 0, point.x < Double(geometry.inputWidth),
      point.y < Double(geometry.inputHeight)
    else { return nil }
    let column = Int(point.x * Double(width) / Double(geometry.inputWidth))
    let row = Int(point.y * Double(height) / Double(geometry.inputHeight))
    return row * width + column
  }

  /// The input's width and height in the picture's pixels.
  public var extent: (width: Double, height: Double) {
    (
      Double(geometry.inputWidth) * Double(geometry.photoWidth) / Double(geometry.resizedWidth),
      Double(geometry.inputHeight) * Double(geometry.photoHeight) / Double(geometry.resizedHeight)
    )
  }

  /// The statistics of a block's heads, then of their mean; distances in the picture's pixels.
  public func statistics(
    of block: BlockAttention, _ choice: DepthwiseChoice = .mean, ofMeanAlone: Bool = false,
    threads: Int? = nil
  ) -> [AttentionStatistics] {
    block.statistics(choice, extent: extent, ofMeanAlone: ofMeanAlone, threads: threads)
  }
}

/// Which tokens the values of a map belong to.
public enum MapSide: Sendable, Hashable {
  /// A value a key: rows, and what is received.
  case keys
  /// A value a query: columns.
  case queries
}

extension PhotoAttention {
  /// A map of a block's tokens drawn over the picture with its scale; tokens of other windows than the one that
  /// `shown` lies in stay grey. `mark` is a pixel of the picture to mark, x first; `width` the columns of the
  /// drawing, the picture's unless given.
  public func picture(
    of map: [Float], _ side: MapSide = .keys, block: BlockAttention, shown token: Int? = nil,
    mark: (x: Int, y: Int)? = nil, width: Int? = nil
  ) -> Image {
    let layout = side == .keys ? block.keyLayout : block.queryLayout
    var values = Array(map.dropFirst(layout.leading))
    if let token {
      let window = (side == .keys ? block.queryLayout : block.keyLayout).place(of: token).window
      for pixel in values.indices where layout.place(of: pixel + layout.leading).window != window {
        values[pixel] = .nan
      }
    }
    var ground = photo
    if let width, width < photo.width {
      ground = photo.resized(
        width: width, height: max(1, photo.height * width / photo.width), filter: .bilinear)
    }
    let scale = HeatScale(values, isDiverging: block.isSigned)
    var picture = HeatMap(values: values, height: layout.height, width: layout.width, scale: scale)
      .drawn(over: ground, geometry: geometry)
    scale.draw(on: &picture)
    if let mark {
      picture.markPixel(x: mark.x * picture.width / photo.width, y: mark.y * picture.height / photo.height)
    }
    return picture
  }

  /// Pictures of one size side by side, row after row, with a narrow gap: a contact sheet.
  public static func sheet(_ rows: [[Image]]) -> Image? {
    guard let first = rows.first?.first else { return nil }
    let gap = 4
    let columns = rows.map(\.count).max() ?? 0
    var sheet = Image(
      width: columns * (first.width + gap) + gap, height: rows.count * (first.height + gap) + gap,
      filledWith: RGB(32, 32, 32))
    for (y, row) in rows.enumerated() {
      for (x, picture) in row.enumerated() {
        sheet.place(picture, x: gap + x * (first.width + gap), y: gap + y * (first.height + gap))
      }
    }
    return sheet
  }
}
