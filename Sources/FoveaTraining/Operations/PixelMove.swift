import FoveaEngine
import FoveaGraph

/// An operation that only moves pixels: a gather whose parts follow from the shapes.
protocol PixelMove: TrainableOperation {
  /// Where every source's pixels go.
  func parts(of inputs: [Shape], to output: Shape) -> [GatherPart]
}

extension PixelMove {
  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    Gather(parts(of: site.sources.map(\.shape), to: unit.shape), site.sources, site.output)
  }
}

extension Concatenation: PixelMove {
  func parts(of inputs: [Shape], to output: Shape) -> [GatherPart] {
    var start = 0
    return inputs.enumerated().map { index, shape in
      defer { start += axis == .channels ? shape.channels : shape.width }
      switch axis {
      case .channels:
        return GatherPart(source: index, shape, to: output, channelOffset: start) { ($0, $1, $2) }
      case .width:
        return GatherPart(source: index, shape, to: output) { image, y, x in
          start <= x && x < start + shape.width ? (image, y, x - start) : nil
        }
      }
    }
  }
}

extension Slice: PixelMove {
  /// Of tokens; in a lowered program no unit cuts channels, which are read where they lie.
  func parts(of inputs: [Shape], to output: Shape) -> [GatherPart] {
    [GatherPart(source: 0, inputs[0], to: output) { ($0, $1, $2 + start) }]
  }
}

extension SpaceToDepth: PixelMove {
  /// The four pixels of a 2×2 block as runs of channels.
  func parts(of inputs: [Shape], to output: Shape) -> [GatherPart] {
    let input = inputs[0]
    return (0..<4).map { block in
      GatherPart(source: 0, input, to: output, channelOffset: block * input.channels) { image, y, x in
        let (row, column) = (2 * y + block % 2, 2 * x + block / 2)
        return row < input.height && column < input.width ? (image, row, column) : nil
      }
    }
  }
}

extension WindowPartition: PixelMove {
  func parts(of inputs: [Shape], to output: Shape) -> [GatherPart] {
    let windows = WindowGrid(window, on: inputs[0])
    return [
      GatherPart(source: 0, inputs[0], to: output) { index, y, x in
        windows.pixel(index, y, x, shift: shift, on: inputs[0])
      }
    ]
  }
}

extension WindowMerge: PixelMove {
  func parts(of inputs: [Shape], to output: Shape) -> [GatherPart] {
    let windows = WindowGrid(window, on: output)
    return [
      GatherPart(source: 0, inputs[0], to: output) { image, y, x in
        windows.position(image, y, x, shift: shift)
      }
    ]
  }
}

extension WindowGrid {
  /// The map's pixel at a position of a window, or nil in the padding.
  fileprivate func pixel(
    _ index: Int, _ y: Int, _ x: Int, shift: Int, on map: Shape
  ) -> (image: Int, y: Int, x: Int)? {
    let (windowRow, column) = index.quotientAndRemainder(dividingBy: columns)
    let (image, row) = windowRow.quotientAndRemainder(dividingBy: rows)
    let pixelY = (row * height + y + shift) % (rows * height)
    let pixelX = (column * width + x + shift) % (columns * width)
    return pixelY < map.height && pixelX < map.width ? (image, pixelY, pixelX) : nil
  }

  /// The window, and the position in it, of a map's pixel.
  fileprivate func position(
    _ image: Int, _ y: Int, _ x: Int, shift: Int
  ) -> (image: Int, y: Int, x: Int) {
    let (row, windowY) = ((y + rows * height - shift) % (rows * height)).quotientAndRemainder(
      dividingBy: height)
    let (column, windowX) = ((x + columns * width - shift) % (columns * width))
      .quotientAndRemainder(dividingBy: width)
    return ((image * rows + row) * columns + column, windowY, windowX)
  }
}
