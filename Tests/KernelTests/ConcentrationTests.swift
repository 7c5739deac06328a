import CFoveaKernels
import Foundation
import Testing

@Suite struct ConcentrationTests {
  /// Rows of several kinds: even, heavy-tailed, nearly equal, signed, with zeros, all equal, tiny.
  private func rows(_ columns: Int) -> [[Float]] {
    var noise = Noise(columns)
    let even = noise.floats(columns, in: 0...1)
    return [
      even, even.map { pow($0, 12) }, even.map { 1 + 1e-3 * $0 }, noise.floats(columns, in: -1...0.2),
      even.map { $0 < 0.5 ? 0 : $0 * 0x1p60 }, even.map { _ in 0.25 }, even.map { pow($0, 3) * 0x1p-60 },
    ]
  }

  @Test("Concentration is that of float64 and a sort", arguments: KernelTable.all)
  func concentration(table: KernelTable) throws {
    let kernels = try table.supported()
    for columns in [1, 2, 7, 16, 35, 49, 100, 1000, 4096, 5003] {
      let values = rows(columns)
      let arena = Arena()
      let stride = columns + 5
      let input = arena.map(
        values.flatMap { $0 }, rows: values.count, channels: columns, stride: stride, FOVEA_FLOAT32)
      let distances = Noise.places(columns)
      let away = arena.map(
        values.flatMap { _ in distances }, rows: values.count, channels: columns, stride: stride,
        FOVEA_FLOAT32)
      let output = UnsafeMutablePointer<fovea_concentration>.allocate(capacity: values.count)
      defer { output.deallocate() }
      var op = fovea_concentrate()
      (op.rows, op.columns, op.input_stride, op.distances_stride) = (values.count, columns, stride, stride)
      op.input = UnsafePointer(input.start.assumingMemoryBound(to: Float.self))
      op.distances = UnsafePointer(away.start.assumingMemoryBound(to: Float.self))
      op.top = ((columns + 99) / 100, (columns + 9) / 10)
      op.scratch = arena.bytes(fovea_concentration_scratch(columns))
      op.output = output
      kernels.concentrate?(&op)
      for (row, weights) in values.enumerated() {
        let found = output[row]
        let sorted = weights.map { Double(abs($0)) }.sorted()
        let size = sorted.reduce(0, +)
        let p = sorted.map { $0 / size }
        let entropy = p.reduce(0) { $1 > 0 ? $0 - $1 * log2($1) : $0 }
        let far = zip(weights, distances).reduce(0) { $0 + Double(abs($1.0)) * Double($1.1) } / size
        let gini = p.enumerated().reduce(0) { $0 + Double(2 * $1.offset + 1 - columns) * $1.element }
        let tops = [op.top.0, op.top.1].map { p.suffix($0).reduce(0, +) }
        // sums in float32 over runs of 2048 columns, at most 64 in one lane of the narrowest vectors
        let unit = 0x1p-24 * Double(min(columns, 1024) + 16)
        let name = "row \(row) of \(columns)"
        let sum = weights.reduce(0) { $0 + Double($1) }
        #expect(abs(found.sum - sum) <= unit * size, "\(name): sum \(found.sum), \(sum)")
        #expect(abs(found.size - size) <= unit * size, "\(name): size")
        // a logarithm is within 2⁻¹⁸
        #expect(abs(found.entropy - entropy) <= 4 * unit + 0x1p-18, "\(name): \(found.entropy), \(entropy)")
        #expect(abs(found.away - far) <= 2 * unit * 100, "\(name): away")
        #expect(
          abs(found.top.0 - tops[0]) <= 2 * unit && abs(found.top.1 - tops[1]) <= 2 * unit, "\(name): tops")
        let limit = Self.binning(sorted) + 2 * unit
        #expect(
          abs(found.gini - gini / Double(columns)) <= limit,
          "\(name): gini \(found.gini), not \(gini / Double(columns)) ± \(limit)")
      }
      #expect(input.intact)
      withExtendedLifetime(arena) {}
    }
  }

  /// Σ_b c_b² δ_b / (6 n Σ|w|) over the bins of y + 2⁻¹¹, 32 to an octave.
  private static func binning(_ sorted: [Double]) -> Double {
    guard let least = sorted.first, let greatest = sorted.last, greatest > least else { return 0 }
    var counts: [Int: Int] = [:]
    for weight in sorted {
      let key = Float((weight - least) / (greatest - least)) + 0x1p-11
      counts[Int(key.bitPattern >> 18), default: 0] += 1
    }
    let pairs = counts.filter { $0.value > 1 }.reduce(0.0) { sum, bin in
      let width = Double(
        Float(bitPattern: UInt32(bin.key + 1) << 18) - Float(bitPattern: UInt32(bin.key) << 18))
      // rounding may move a weight at an edge into the next bin
      return sum + Double((bin.value + 1) * (bin.value + 1)) * width
    }
    return pairs * (greatest - least) / (6 * Double(sorted.count) * sorted.reduce(0, +))
  }

  @Test("Rows of zeros, of infinities and of NaN have no concentration", arguments: KernelTable.all)
  func undefined(table: KernelTable) throws {
    let kernels = try table.supported()
    for value in [0, Float.infinity, .nan] {
      let arena = Arena()
      let row = arena.floats([0, value, 0, 0, 0])
      let output = UnsafeMutablePointer<fovea_concentration>.allocate(capacity: 1)
      defer { output.deallocate() }
      var op = fovea_concentrate()
      (op.rows, op.columns, op.input_stride, op.input, op.top) = (1, 5, 5, UnsafePointer(row), (1, 1))
      (op.scratch, op.output) = (arena.bytes(fovea_concentration_scratch(5)), output)
      kernels.concentrate?(&op)
      #expect(output[0].size == 0 && output[0].entropy == 0 && output[0].gini == 0)
      withExtendedLifetime(arena) {}
    }
  }
}

extension Noise {
  fileprivate static func places(_ count: Int) -> [Float] {
    var noise = Noise(count + 1)
    return noise.floats(count, in: 0...100)
  }
}
