import CFoveaKernels
import Testing

/// Sums of outer products over poisoned memory, with float64 answers.
private struct OuterSumsCase {
  var rows: Int, depth: Int, columns: Int
  var overlap = 0  // elements that a row of the input shares with the next

  var name: String { "\(rows) rows of \(depth)×\(columns), overlapping by \(overlap)" }

  /// Where a call begins, and what it covers.
  struct Part { var rows: Range<Int>, depth: Range<Int>, columns: Range<Int> }

  var whole: Part { Part(rows: 0..<rows, depth: 0..<depth, columns: 0..<columns) }

  func run(
    on table: KernelTable, _ kernels: fovea_kernels, parts: [Part]? = nil, check: Bool = true
  ) -> [Float] {
    let arena = Arena()
    var noise = Noise(rows &* 31 &+ columns)
    let step = overlap > 0 ? depth - overlap : depth + 3
    let length = (rows - 1) * step + depth
    let input = arena.map(noise.floats(length), rows: 1, channels: length, stride: length, table.precision)
    let gradient = arena.map(
      noise.floats(rows * columns), rows: rows, channels: columns, stride: columns + 5, table.precision)
    let held = noise.floats(depth * columns)
    let sums = arena.map(held, rows: depth, channels: columns, stride: columns + 2, FOVEA_FLOAT32)
    let size = table.precision == FOVEA_FLOAT32 ? 4 : 2
    for part in parts ?? [whole] {
      var op = fovea_outer_sums()
      (op.rows, op.depth, op.columns) = (part.rows.count, part.depth.count, part.columns.count)
      op.input = UnsafeRawPointer(input.start + (part.rows.lowerBound * step + part.depth.lowerBound) * size)
      op.input_stride = step
      op.gradient = UnsafeRawPointer(gradient.row(part.rows.lowerBound) + part.columns.lowerBound * size)
      op.gradient_stride = gradient.stride
      op.sums =
        sums.row(part.depth.lowerBound).assumingMemoryBound(to: Float.self) + part.columns.lowerBound
      op.sums_stride = sums.stride
      kernels.outer_sums?(&op)
    }
    if check {
      expectAgreement(sums, name) { k, n in
        var sum = Double(held[k * columns + n]), size = abs(sum)
        for r in 0..<rows {
          let term = input.double(0, r * step + k) * gradient.double(r, n)
          sum += term
          size += abs(term)
        }
        return Expected(value: sum, tolerance: 0x1p-24 * Double(rows + 4) * size)
      }
    }
    return withExtendedLifetime(arena) { sums.values }
  }
}

@Suite struct OuterSumsTests {
  @Test(
    "Sums of outer products equal their float64 sums at every remainder", arguments: KernelTable.all)
  func remainders(table: KernelTable) throws {
    let kernels = try table.supported()
    for rows in [1, 2, 5, 16, 31, 32, 33, 67] {
      for depth in [1, 2, 5, 13, 14, 15, 16, 17, 32, 33, 49] {
        for columns in [1, 3, 7, 8, 15, 16, 17, 31, 32, 33, 64, 67] {
          _ = OuterSumsCase(rows: rows, depth: depth, columns: columns).run(on: table, kernels)
        }
      }
    }
  }

  @Test("Many rows, and rows that overlap as a convolution's do", arguments: KernelTable.all)
  func overlapping(table: KernelTable) throws {
    let kernels = try table.supported()
    for (depth, overlap) in [(27, 9), (27, 18), (48, 32), (9, 3), (96, 64), (100, 0)] {
      for rows in [1, 37, 300] {
        for columns in [16, 21, 40] {
          _ = OuterSumsCase(rows: rows, depth: depth, columns: columns, overlap: overlap)
            .run(on: table, kernels)
        }
      }
    }
  }

  @Test(
    "A sum is the same bits however depth, columns and runs of 32 rows are split",
    arguments: KernelTable.all)
  func splits(table: KernelTable) throws {
    let kernels = try table.supported()
    let sums = OuterSumsCase(rows: 301, depth: 61, columns: 83)
    let whole = sums.run(on: table, kernels, check: false)
    for cut in [1, 14, 16, 30, 60] {
      var (left, right) = (sums.whole, sums.whole)
      (left.depth, right.depth) = (0..<cut, cut..<61)
      #expect(sums.run(on: table, kernels, parts: [right, left], check: false) == whole, "depth \(cut)")
      (left, right) = (sums.whole, sums.whole)
      (left.columns, right.columns) = (0..<cut, cut..<83)
      #expect(sums.run(on: table, kernels, parts: [right, left], check: false) == whole, "columns \(cut)")
    }
    for cut in [32, 64, 128, 224, 288] {
      var (left, right) = (sums.whole, sums.whole)
      (left.rows, right.rows) = (0..<cut, cut..<301)
      #expect(sums.run(on: table, kernels, parts: [left, right], check: false) == whole, "rows \(cut)")
    }
  }
}
