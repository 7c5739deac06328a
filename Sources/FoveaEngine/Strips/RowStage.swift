import CFoveaKernels

/// An operation that computes any rectangle of its output from a rectangle of its inputs, so that it can run
/// strip by strip while its input is still in the cache.
protocol RowStage: Sendable {
  /// The rows of the main input that output rows need, cut to the input's height.
  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int>
  /// The columns of the main input that output columns need, cut to the input's width.
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int>
  /// True where a pixel depends on the same pixel of every input alone, wherever it lies.
  var isPointwise: Bool { get }
  /// True where a pixel depends on the main input's pixels around it.
  var readsNeighbours: Bool { get }
  /// Bytes that a call wants beside its maps, for a number of output columns.
  func scratchBytes(columns: Int) -> Int
  /// Bytes of packed weights that a call reads.
  var weightBytes: Int { get }
  /// Whether it can compute some panels of 16 output channels alone.
  var canSplitPanels: Bool { get }
  /// Computes a rectangle of the output.
  func run(_ area: Area, _ maps: StageMaps)
}

extension RowStage {
  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { rows }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> { columns }
  var isPointwise: Bool { true }
  var readsNeighbours: Bool { !isPointwise }
  func scratchBytes(columns: Int) -> Int { 0 }
  var weightBytes: Int { 0 }
  var canSplitPanels: Bool { false }
}

/// What stages are made of.
struct StageSite {
  let cache: WeightCache
  let elementSize: Int

  var granularity: Int { cache.kernels.pointer.pointee.depth_granularity }
}

/// The maps of one call of a stage.
struct StageMaps {
  var kernels: UnsafePointer<fovea_kernels>
  var input: MapView
  /// The second operand of a stage that has one.
  var second: MapView?
  var residual: MapView?
  var output: MapView
  /// `scratchBytes` bytes, aligned to a cache line.
  var scratch: UnsafeMutableRawPointer
  /// Sums that an attention stage applies.
  var sums: UnsafeMutablePointer<Float>?
  /// The panels of 16 output channels that a product computes; nil for all.
  var panels: Range<Int>?

  /// Calls `body` for the longest runs of pixels that are contiguous in every map of a pointwise stage.
  @inline(__always) func forEachRun(
    _ area: Area, _ body: (_ row: Int, _ column: Int, _ pixels: Int) -> Void
  ) {
    let mergesRows =
      input.isContiguous(over: area.columns) && output.isContiguous(over: area.columns)
      && (residual?.isContiguous(over: area.columns) ?? true)
      && (second?.isContiguous(over: area.columns) ?? true)
    guard mergesRows else {
      for row in area.rows { body(row, area.columns.lowerBound, area.columns.count) }
      return
    }
    var row = area.rows.lowerBound
    while row < area.rows.upperBound {
      var count = min(area.rows.upperBound - row, input.rowsBeforeWrap(row), output.rowsBeforeWrap(row))
      if let residual { count = min(count, residual.rowsBeforeWrap(row)) }
      if let second { count = min(count, second.rowsBeforeWrap(row)) }
      body(row, area.columns.lowerBound, count * area.columns.count)
      row += count
    }
  }
}
