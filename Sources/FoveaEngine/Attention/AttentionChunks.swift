import FoveaGraph

/// How a map's tokens are cut for sums over them: blocks of rows and columns whose size depends on the map's
/// alone, so that sums are the same bits however the map is divided among threads and strips.
///
/// A block's tokens are summed row after row in runs, then the blocks' sums in order.
struct AttentionChunks: Sendable, Hashable {
  let height: Int
  let width: Int
  /// Rows of a block: enough tokens to be worth a sum of their own, and some tens of blocks in all.
  let rows: Int
  /// Columns of a block.
  let columns: Int

  /// Tokens that are summed in one call.
  static let run = 64

  init(_ map: Shape) {
    (height, width) = (map.height, map.width)
    columns = min(map.width, 256)
    rows = max((map.height + 31) / 32, (Self.run + columns - 1) / columns)
  }

  /// Blocks side by side.
  var columnBlocks: Int { (width + columns - 1) / columns }
  /// Blocks in all.
  var count: Int { (height + rows - 1) / rows * columnBlocks }

  /// The rows of a block.
  func rows(of block: Int) -> Range<Int> {
    let first = block / columnBlocks * rows
    return first..<min(height, first + rows)
  }

  /// The columns of a block.
  func columns(of block: Int) -> Range<Int> {
    let first = block % columnBlocks * columns
    return first..<min(width, first + columns)
  }

  /// The block of a pixel.
  func block(row: Int, column: Int) -> Int { row / rows * columnBlocks + column / columns }

  /// Calls `body` for the runs of a row's columns, in order: the first column, and how many tokens.
  func forEachRun(_ range: Range<Int>, _ body: (_ column: Int, _ count: Int) -> Void) {
    var column = range.lowerBound
    while column < range.upperBound {
      let count = min(Self.run, range.upperBound - column)
      body(column, count)
      column += count
    }
  }
}
