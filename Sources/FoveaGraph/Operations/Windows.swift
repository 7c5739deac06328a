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

  /// The extents on a map: never more than the map's own.
  public func resolved(on map: Shape) -> (height: Int, width: Int) {
    (height ?? map.height, width ?? map.width)
  }
}

/// A cyclic shift of the map: output (y, x) is input ((y + rows) mod H, (x + columns) mod W).
public struct Roll: OperationRules {
  /// Rows by which the map moves up.
  public var rows: Int
  /// Columns by which the map moves left.
  public var columns: Int
  /// The input's own shape.
  public func outputShape(for inputs: [Shape]) -> Shape { inputs[0] }
}

/// Windows as a batch: (B, H, W, C) → (B·⌈H/h⌉·⌈W/w⌉, h, w, C), rows of windows first.
///
/// A map that the window does not divide is padded with zeros at right and bottom.
public struct WindowPartition: OperationRules {
  /// h and w.
  public var window: WindowSize

  /// The windows.
  public func outputShape(for inputs: [Shape]) -> Shape {
    let map = inputs[0]
    let (height, width) = window.resolved(on: map)
    let count = ((map.height + height - 1) / height) * ((map.width + width - 1) / width)
    return Shape(batch: map.batch * count, height: height, width: width, channels: map.channels)
  }
}

/// The inverse of `WindowPartition`, cut to the grid of the second input: padding is dropped.
public struct WindowMerge: OperationRules {
  /// h and w.
  public var window: WindowSize

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
}
