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
