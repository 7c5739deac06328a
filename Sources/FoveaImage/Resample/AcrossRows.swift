/// One axis of a resize, across rows: rows come in one at a time, in either order, and each output row
/// leaves when the last source row that it needs has come. Only the sums under way are held.
final class AcrossRows<Sample: ResampledSample> {
  let table: ResamplingTable<Sample>
  private let width: Int
  private let ring: Int
  private let sums: UnsafeMutablePointer<Sample.Sum>
  private let rounded: UnsafeMutablePointer<Sample>
  private var seen: [Int]

  /// For rows of `width` samples. Memory: `width` × (the rows that overlap sums + one sample).
  init(table: ResamplingTable<Sample>, width: Int) {
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
    _ row: UnsafePointer<Sample>, source: Int, emit: (Int, UnsafePointer<Sample>) -> Void
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
        for i in 0..<width { rounded[i] = Sample.sample(of: sum[i]) }
        emit(output, rounded)
      }
    }
  }

  private func begin(
    _ sum: UnsafeMutablePointer<Sample.Sum>, _ row: UnsafePointer<Sample>, _ weight: Sample.Sum
  ) {
    for i in 0..<width { sum[i] = Sample.add(row[i], times: weight, to: Sample.empty) }
  }

  private func add(
    _ sum: UnsafeMutablePointer<Sample.Sum>, _ row: UnsafePointer<Sample>, _ weight: Sample.Sum
  ) {
    for i in 0..<width { sum[i] = Sample.add(row[i], times: weight, to: sum[i]) }
  }
}
