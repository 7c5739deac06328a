/// The extent of a window, which may follow the map.
public struct WindowSize: Sendable, Hashable {
  /// Rows; nil covers the map's height.
  public var height: Int?
  /// Columns; nil covers the map's width.
  public var width: Int?

  /// A window of fixed extents, or covering the map where nil.
  public init(height: Int?, width: Int?) {
    self.height = height
    self.width = width
  }

  /// The extents on a map; a fixed extent may pass the map's own, which is then padded.
  public func resolved(on map: Shape) -> (height: Int, width: Int) {
    (height ?? map.height, width ?? map.width)
  }
}

/// Windows as a batch: (B, H, W, C) → (B·n·m, h, w, C) with n = ⌈H/h⌉ and m = ⌈W/w⌉, rows of windows first.
///
/// The map is padded with zeros at right and bottom to (n·h, m·w), then moves cyclically up and left by the
/// shift: position (y, x) of window (i, j) is pixel ((i·h + y + shift) mod n·h, (j·w + x + shift) mod m·w) of
/// the padded map.
public struct WindowPartition: OperationRules {
  /// h and w.
  public var window: WindowSize
  /// Pixels by which the padded map moves up and left before it is cut (Swin's shifted windows).
  public var shift = 0

  /// The windows.
  public func outputShape(for inputs: [Shape]) -> Shape {
    let map = inputs[0]
    let (height, width) = window.resolved(on: map)
    let count = ((map.height + height - 1) / height) * ((map.width + width - 1) / width)
    return Shape(batch: map.batch * count, height: height, width: width, channels: map.channels)
  }
}

/// The inverse of `WindowPartition` with the same window and shift, on the grid of the second input: the
/// padding is dropped.
public struct WindowMerge: OperationRules {
  /// h and w.
  public var window: WindowSize
  /// The shift that the partition had, which is undone.
  public var shift = 0

  /// The second input's grid, the first one's channels.
  public func outputShape(for inputs: [Shape]) throws(ShapeError) -> Shape {
    var output = inputs[1]
    output.channels = inputs[0].channels
    let windows = WindowPartition(window: window).outputShape(for: [output])
    guard windows == inputs[0] else {
      throw ShapeError("windows of \(inputs[0]) do not tile a map of \(inputs[1])")
    }
    return output
  }

  /// The windows: the map gives its grid.
  public func elementInputs(of count: Int) -> Int { 1 }
}
