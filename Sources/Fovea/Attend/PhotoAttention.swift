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
    let point = geometry.inputPoint(photoX: Double(x) + 0.5, photoY: Double(y) + 0.5)
    guard point.x >= 0, point.y >= 0, point.x < Double(geometry.inputWidth),
      point.y < Double(geometry.inputHeight)
    else { return nil }
    let column = Int(point.x * Double(block.width) / Double(geometry.inputWidth))
    let row = Int(point.y * Double(block.height) / Double(geometry.inputHeight))
    return row * block.width + column
  }

  /// A map of a block's tokens, (H, W), drawn over the picture: dark is none, bright the greatest.
  ///
  /// - Parameter mark: a pixel of the picture to mark, x first.
  public func picture(of map: [Float], block: BlockAttention, mark: (x: Int, y: Int)? = nil) -> Image {
    var picture = HeatMap(values: map, height: block.height, width: block.width)
      .drawn(over: photo, geometry: geometry)
    if let mark { picture.markPixel(x: mark.x, y: mark.y) }
    return picture
  }
}
