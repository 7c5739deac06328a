import FoveaEngine
import FoveaGraph

/// Where a source's pixels go: runs of pixels, to some of the output's channels.
struct GatherPart {
  struct Run {
    var output: Int
    var source: Int
    var count: Int
  }

  let source: Int
  /// The output's channels that the source fills.
  let channelOffset: Int
  let channels: Int
  /// True for a map of one image that goes to every image.
  let isRepeated: Bool
  private(set) var runs: [Run] = []

  /// A part from the source's pixel for every pixel of the output; nil where it comes from elsewhere.
  init(
    source: Int, _ from: Shape, to: Shape, channelOffset: Int = 0,
    pixel: (_ image: Int, _ y: Int, _ x: Int) -> (image: Int, y: Int, x: Int)?
  ) {
    self.source = source
    self.channelOffset = channelOffset
    channels = from.channels
    isRepeated = from.batch == 1 && to.batch > 1
    var output = 0
    for image in 0..<to.batch {
      for y in 0..<to.height {
        for x in 0..<to.width {
          if let place = pixel(image, y, x) {
            add(output, ((isRepeated ? 0 : place.image) * from.height + place.y) * from.width + place.x)
          }
          output += 1
        }
      }
    }
  }

  private mutating func add(_ output: Int, _ source: Int) {
    if let last = runs.last, last.output + last.count == output, last.source + last.count == source {
      runs[runs.count - 1].count += 1
    } else {
      runs.append(Run(output: output, source: source, count: 1))
    }
  }

  /// The pixels of a source that no part takes.
  static func uncovered(_ parts: [GatherPart], of shape: Shape) -> [Range<Int>] {
    let runs = parts.flatMap(\.runs).sorted { $0.source < $1.source }
    var (next, result) = (0, [Range<Int>]())
    for run in runs where run.source + run.count > next {
      if run.source > next { result.append(next..<run.source) }
      next = run.source + run.count
    }
    if next < shape.rows { result.append(next..<shape.rows) }
    return result
  }
}

extension GatherPart {
  /// The parts of an operation that only moves pixels, or nil for another.
  static func parts(of operation: Operation, _ inputs: [Shape], to output: Shape) -> [GatherPart]? {
    switch operation {
    case .concatenate(let concatenation): return joined(inputs, along: concatenation.axis, to: output)
    case .slice(let slice) where slice.axis == .width:
      return [GatherPart(source: 0, inputs[0], to: output) { ($0, $1, $2 + slice.start) }]
    case .spaceToDepth: return blocks(inputs[0], to: output)
    case .windowPartition(let partition):
      let windows = WindowGrid(partition.window, on: inputs[0])
      return [
        GatherPart(source: 0, inputs[0], to: output) { index, y, x in
          windows.pixel(index, y, x, shift: partition.shift, on: inputs[0])
        }
      ]
    case .windowMerge(let merge):
      let windows = WindowGrid(merge.window, on: output)
      return [
        GatherPart(source: 0, inputs[0], to: output) { image, y, x in
          windows.position(image, y, x, shift: merge.shift)
        }
      ]
    default: return nil
    }
  }

  private static func joined(_ inputs: [Shape], along axis: Axis, to output: Shape) -> [GatherPart] {
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

  /// The four pixels of a 2×2 block as runs of channels.
  private static func blocks(_ input: Shape, to output: Shape) -> [GatherPart] {
    (0..<4).map { block in
      GatherPart(source: 0, input, to: output, channelOffset: block * input.channels) { image, y, x in
        let (row, column) = (2 * y + block % 2, 2 * x + block / 2)
        return row < input.height && column < input.width ? (image, row, column) : nil
      }
    }
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
