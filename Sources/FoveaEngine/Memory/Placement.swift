import FoveaGraph

/// A stretch of the arena, with the steps between which it must hold its bytes.
package struct Region: Sendable {
  package var byteCount: Int
  package var firstStep: Int
  package var lastStep: Int
  /// Where it starts in the arena, once memory is planned.
  package var offset = 0

  package init(byteCount: Int, firstStep: Int, lastStep: Int) {
    self.byteCount = byteCount
    self.firstStep = firstStep
    self.lastStep = lastStep
  }
}

/// Where a map lies: channels `channelOffset…` of pixels `pixelStride` elements apart, in a region.
struct Placement: Sendable {
  var region: RegionID
  var channelOffset: Int
  var pixelStride: Int
  var shape: Shape
  /// True for a parameter that is the same for every image of a batch.
  var repeatsOverImages = false
  /// True for a map of one pixel that is read as the same for every pixel of an image.
  var repeatsOverPixels = false
  /// The rows that the region holds, of a map that is computed as it is read; nil where it holds all.
  var keptRows: Int?

  /// The same map as the second operand of a larger one: one image for all, one pixel for all.
  func repeating(over main: Shape) -> Placement {
    var placement = self
    if shape.batch < main.batch { placement.repeatsOverImages = true }
    if shape.tokens < main.tokens { placement.repeatsOverPixels = true }
    return placement
  }

  /// The same pixels as one column of tokens: all images', or each image's.
  func asTokens(acrossImages: Bool) -> Placement {
    guard !repeatsOverPixels else { return self }
    var tokens = self
    tokens.shape = Shape(
      batch: acrossImages ? 1 : shape.batch, height: acrossImages ? shape.rows : shape.tokens, width: 1,
      channels: shape.channels)
    return tokens
  }
}

/// Assigns regions to an arena so that those alive at the same step do not overlap.
package struct ArenaPlanner {
  /// The arena's size in bytes; sets every region's offset. Several orders are tried, then the best of these with
  /// each of the largest regions in front, and the one that needs least is kept. O(regions²).
  package static func assign(_ regions: inout [Region]) -> Int {
    let keys: [(Region, Region) -> Bool] = [
      { $0.byteCount > $1.byteCount },
      { ($0.lastStep - $0.firstStep, $0.byteCount) > ($1.lastStep - $1.firstStep, $1.byteCount) },
      { ($0.firstStep, $1.byteCount) < ($1.firstStep, $0.byteCount) },
      { ($0.lastStep, $0.byteCount) > ($1.lastStep, $1.byteCount) },
    ]
    var best: (bytes: Int, order: [Int], regions: [Region]) = (.max, Array(regions.indices), regions)
    func attempt(_ order: [Int]) {
      var candidate = regions
      let total = assign(&candidate, inOrder: order)
      if total < best.bytes { best = (total, order, candidate) }
    }
    for key in keys { attempt(regions.indices.sorted { key(regions[$0], regions[$1]) }) }
    for index in regions.indices.sorted(by: { regions[$0].byteCount > regions[$1].byteCount }).prefix(16) {
      attempt([index] + best.order.filter { $0 != index })
    }
    regions = best.regions
    return best.bytes
  }

  /// Each region in turn at the lowest offset that is free for its whole life.
  private static func assign(_ regions: inout [Region], inOrder order: [Int]) -> Int {
    var placed: [Int] = []
    var total = 0
    for index in order {
      let region = regions[index]
      let neighbours = placed.map { regions[$0] }
        .filter { $0.firstStep <= region.lastStep && region.firstStep <= $0.lastStep }
        .sorted { $0.offset < $1.offset }
      var offset = 0
      for neighbour in neighbours {
        if offset + region.byteCount <= neighbour.offset { break }
        offset = max(offset, (neighbour.offset + neighbour.byteCount).roundedToCacheLine)
      }
      regions[index].offset = offset
      total = max(total, offset + region.byteCount)
      placed.append(index)
    }
    return total
  }
}
