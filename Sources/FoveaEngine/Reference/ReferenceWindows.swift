import FoveaGraph

/// How windows of h×w lie on a map that is padded to n·h×m·w.
package struct WindowGrid {
  /// h and w.
  package let height: Int, width: Int
  /// n and m.
  package let rows: Int, columns: Int

  /// The grid of a window's size on a map.
  package init(_ window: WindowSize, on map: Shape) {
    (height, width) = window.resolved(on: map)
    rows = (map.height + height - 1) / height
    columns = (map.width + width - 1) / width
  }
}

extension WindowPartition: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let input = inputs[0]
    let grid = WindowGrid(window, on: input.shape)
    return FeatureMap(shape) { index, y, x, channel in
      let (windowRow, column) = index.quotientAndRemainder(dividingBy: grid.columns)
      let (batch, row) = windowRow.quotientAndRemainder(dividingBy: grid.rows)
      let pixelY = (row * grid.height + y + shift) % (grid.rows * grid.height)
      let pixelX = (column * grid.width + x + shift) % (grid.columns * grid.width)
      guard pixelY < input.shape.height, pixelX < input.shape.width else { return 0 }
      return input[batch, pixelY, pixelX, channel]
    }
  }
}

extension WindowMerge: ReferenceOperation {
  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) -> FeatureMap {
    let grid = WindowGrid(window, on: shape)
    let (paddedHeight, paddedWidth) = (grid.rows * grid.height, grid.columns * grid.width)
    return FeatureMap(shape) { batch, y, x, channel in
      let (row, windowY) = ((y + paddedHeight - shift) % paddedHeight)
        .quotientAndRemainder(dividingBy: grid.height)
      let (column, windowX) = ((x + paddedWidth - shift) % paddedWidth)
        .quotientAndRemainder(dividingBy: grid.width)
      return inputs[0][(batch * grid.rows + row) * grid.columns + column, windowY, windowX, channel]
    }
  }
}
