import FoveaGraph

/// Where the pixels of a map lie in its windows, and back.
struct WindowPixels {
  private let map: Shape
  private let height: Int
  private let width: Int
  private let rows: Int
  private let columns: Int
  private let shift: Int

  init(map: Shape, window: WindowSize, shift: Int) {
    self.map = map
    (height, width) = window.resolved(on: map)
    rows = (map.height + height - 1) / height
    columns = (map.width + width - 1) / width
    self.shift = shift
  }

  /// The pixel, over all images, at a position of a window; −1 in the padding.
  func pixel(_ window: Int, _ token: Int) -> Int {
    let (image, index) = (window / (rows * columns), window % (rows * columns))
    let y = (index / columns * height + token / width + shift) % (rows * height)
    let x = (index % columns * width + token % width + shift) % (columns * width)
    return y < map.height && x < map.width ? (image * map.height + y) * map.width + x : -1
  }

  /// The position, over all windows, of a pixel of an image.
  func token(_ image: Int, _ pixel: Int) -> Int {
    let y = (pixel / map.width - shift + rows * height) % (rows * height)
    let x = (pixel % map.width - shift + columns * width) % (columns * width)
    let window = (image * rows + y / height) * columns + x / width
    return window * height * width + y % height * width + x % width
  }
}
