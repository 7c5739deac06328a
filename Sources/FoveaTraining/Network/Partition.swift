import FoveaEngine

/// How the pixels of all images are cut into blocks that fit a cache, and the blocks into groups.
struct Partition {
  let rows: Int
  /// Pixels of a block; even, so that sums of blocks do not depend on where they are cut.
  let blockRows: Int
  let groups: Int

  /// Blocks of about `bytes` bytes, of `bytesPerRow` each pixel.
  init(rows: Int, bytesPerRow: Int, bytes: Int = 256 << 10, largestGroups: Int = Workers.groups) {
    self.rows = rows
    let fitting = max(32, bytes / max(1, bytesPerRow) / 32 * 32)
    blockRows = min(fitting, max(32, (rows / Workers.groups).rounded(toMultipleOf: 32)))
    let blocks = (rows + blockRows - 1) / blockRows
    groups = min(largestGroups, blocks)
  }

  /// The blocks of a group, in order.
  func blocks(of group: Int) -> BlockSequence {
    let blocks = (rows + blockRows - 1) / blockRows
    return BlockSequence(
      blocks * group / groups..<blocks * (group + 1) / groups, blockRows: blockRows, rows: rows)
  }
}

/// Runs of pixels, one a block.
struct BlockSequence: Sequence, IteratorProtocol {
  private var block: Int
  private let end: Int
  private let blockRows: Int
  private let rows: Int

  init(_ blocks: Range<Int>, blockRows: Int, rows: Int) {
    (block, end) = (blocks.lowerBound, blocks.upperBound)
    (self.blockRows, self.rows) = (blockRows, rows)
  }

  mutating func next() -> Range<Int>? {
    guard block < end else { return nil }
    defer { block += 1 }
    return block * blockRows..<Swift.min(rows, (block + 1) * blockRows)
  }
}

/// How the images of a map are cut into bands of rows, and the bands into groups.
struct Bands {
  let images: Int
  /// Rows of an image that are computed, of the output.
  let height: Int
  let perImage: Int
  let groups: Int

  init(images: Int, height: Int, largestGroups: Int = Workers.groups) {
    self.images = images
    self.height = height
    perImage = max(1, min((Workers.groups + images - 1) / images, height / 8))
    groups = min(largestGroups, images * perImage)
  }

  /// The bands of a group: an image, and which of its bands.
  func items(of group: Int) -> Range<Int> {
    images * perImage * group / groups..<images * perImage * (group + 1) / groups
  }

  func image(of item: Int) -> Int { item / perImage }

  /// A band's share of an axis.
  func share(of item: Int, _ extent: Int) -> Range<Int> {
    let band = item % perImage
    return extent * band / perImage..<extent * (band + 1) / perImage
  }
}
