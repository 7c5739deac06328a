/// One axis of a resize, across rows: rows come in one at a time, in either order, and each output row
/// leaves when the last source row that it needs has come. Only the sums under way are held.
final class AcrossRows {
  let table: ResamplingTable
  private let width: Int
  private let ring: Int
  private let sums: UnsafeMutablePointer<Int32>
  private let rounded: UnsafeMutablePointer<UInt8>
  private var seen: [Int]

  /// For rows of `width` samples. Memory: `width` × (4 bytes × the rows that overlap + 1).
  init(table: ResamplingTable, width: Int) {
    self.table = table
    self.width = width
    ring = table.overlap
    sums = .allocate(capacity: ring * width)
    rounded = .allocate(capacity: width)
    seen = Array(repeating: 0, count: table.count)
  }

  deinit {
    sums.deallocate()
    rounded.deallocate()
  }

  /// Takes source row `source`; calls `emit(output, row)` for every output row that is complete with it.
  func push(
    _ row: UnsafePointer<UInt8>, source: Int, emit: (Int, UnsafePointer<UInt8>) -> Void
  ) {
    for output in table.outputs(using: source) {
      let weight = table.weights[output * table.stride + source - table.starts[output]]
      let sum = sums + (output % ring) * width
      if seen[output] == 0 {
        begin(sum, row, weight)
      } else {
        add(sum, row, weight)
      }
      seen[output] += 1
      if seen[output] == table.ends[output] - table.starts[output] {
        for i in 0..<width { rounded[i] = clippedSample(sum[i]) }
        emit(output, rounded)
      }
    }
  }

  private func begin(_ sum: UnsafeMutablePointer<Int32>, _ row: UnsafePointer<UInt8>, _ weight: Int32) {
    for i in 0..<width { sum[i] = ResamplingTable.half &+ Int32(row[i]) &* weight }
  }

  private func add(_ sum: UnsafeMutablePointer<Int32>, _ row: UnsafePointer<UInt8>, _ weight: Int32) {
    for i in 0..<width { sum[i] = sum[i] &+ Int32(row[i]) &* weight }
  }
}
