/// How a stage finds the pixels of one image of a map: a whole map in the arena, or a few of its rows in a
/// ring.
///
/// Pixel (row, column) of a map that keeps `capacity` rows from `firstColumn` on stands at
/// base + ((row mod capacity) · rowStride + (column − firstColumn) · pixelStride) · elementSize.
struct MapView {
  var base: UnsafeMutableRawPointer
  /// Elements from a pixel to the next.
  var pixelStride: Int
  /// Elements from a row to the next.
  var rowStride: Int
  /// Rows that are kept.
  var capacity: Int
  /// The column that stands at the base.
  var firstColumn: Int
  /// H of the whole map.
  var height: Int
  /// W of the whole map.
  var width: Int
  /// Columns that are kept.
  var keptColumns: Int
  var elementSize: Int

  @inline(__always) func pixel(_ row: Int, _ column: Int) -> UnsafeMutableRawPointer {
    let slot = capacity == height ? row : row % capacity
    return base + (slot * rowStride + (column - firstColumn) * pixelStride) * elementSize
  }

  /// Whether the last kept pixel of a row is followed by the first of the next.
  @inline(__always) func isContiguous(over columns: Range<Int>) -> Bool {
    pixelStride == 0 || (columns.count == keptColumns && rowStride == keptColumns * pixelStride)
  }

  /// The same pixels from a later channel on.
  func skipping(_ channels: Int) -> MapView {
    var view = self
    view.base += channels * elementSize
    return view
  }

  /// How many rows from `row` on stand one after the other before the ring wraps.
  @inline(__always) func rowsBeforeWrap(_ row: Int) -> Int {
    capacity == height ? height - row : capacity - row % capacity
  }
}

extension MapView {
  /// One pixel that every pixel of a map of any size is.
  init(onePixel base: UnsafeMutableRawPointer, elementSize: Int) {
    self.init(
      base: base, pixelStride: 0, rowStride: 0, capacity: .max, firstColumn: 0, height: .max, width: .max,
      keptColumns: .max, elementSize: elementSize)
  }
}

/// The rectangle of a map that a stage computes in one call.
struct Area {
  var rows: Range<Int>
  var columns: Range<Int>
}
