import CFoveaKernels
import Testing

@Suite struct MatrixTests {
  private func doubles(_ count: Int, _ noise: inout Noise) -> [Double] {
    (0..<count).map { _ in Double.random(in: -1...1, using: &noise) }
  }

  @Test("A product in float64 is the sum of its terms, either side of the left", arguments: KernelTable.all)
  func product(table: KernelTable) throws {
    let kernels = try table.supported()
    for (rows, columns, depth) in [
      (1, 1, 1), (3, 5, 7), (8, 16, 9), (17, 33, 130), (4, 8, 300), (26, 64, 16),
    ] {
      for isAcross in [false, true] {
        var noise = Noise(rows * 100 + depth)
        let left = doubles(rows * depth, &noise), right = doubles(depth * (columns + 2), &noise)
        let before = doubles(rows * (columns + 3), &noise)
        var output = before
        output.withUnsafeMutableBufferPointer { output in
          left.withUnsafeBufferPointer { left in
            right.withUnsafeBufferPointer { right in
              var op = fovea_matrix_product(
                rows: rows, columns: columns, depth: depth, factor: -0.5, left: left.baseAddress,
                left_row: isAcross ? 1 : depth, left_depth: isAcross ? rows : 1, right: right.baseAddress,
                right_stride: columns + 2, output: output.baseAddress, output_stride: columns + 3)
              kernels.matrix_product?(&op)
            }
          }
        }
        var worst = 0.0
        for r in 0..<rows {
          for c in 0..<columns + 3 {
            let at = r * (columns + 3) + c
            var sum = 0.0
            for k in 0..<depth where c < columns {
              sum += left[isAcross ? k * rows + r : r * depth + k] * right[k * (columns + 2) + c]
            }
            let distance = abs(output[at] - (before[at] - 0.5 * sum))
            worst = max(worst, distance.isNaN ? .infinity : distance)
          }
        }
        #expect(worst <= 0x1p-53 * Double(depth + 4), "\(rows) x \(columns) x \(depth): \(worst)")
      }
    }
  }

  @Test("A weighted sum adds every tap", arguments: KernelTable.all)
  func weightedSum(table: KernelTable) throws {
    let kernels = try table.supported()
    for (count, taps) in [(1, 1), (8, 25), (13, 3), (96, 9), (101, 25)] {
      var noise = Noise(count)
      let inputs = (0..<taps).map { _ in doubles(count, &noise) }
      let weights = doubles(taps, &noise), before = doubles(count, &noise)
      var output = before
      let lists = inputs.map { input in
        let list = UnsafeMutablePointer<Double>.allocate(capacity: count)
        list.initialize(from: input, count: count)
        return list
      }
      defer { for list in lists { list.deallocate() } }
      let pointers = lists.map { UnsafePointer($0) as UnsafePointer<Double>? }
      output.withUnsafeMutableBufferPointer { output in
        pointers.withUnsafeBufferPointer { pointers in
          weights.withUnsafeBufferPointer { weights in
            var op = fovea_weighted_sum(
              count: count, tap_count: taps, inputs: pointers.baseAddress, weights: weights.baseAddress,
              output: output.baseAddress)
            kernels.weighted_sum?(&op)
          }
        }
      }
      for i in 0..<count {
        let expected = (0..<taps).reduce(before[i]) { $0 + weights[$1] * inputs[$1][i] }
        #expect(abs(output[i] - expected) <= 0x1p-53 * Double(taps + 4), "\(count) of \(taps) taps at \(i)")
      }
    }
  }
}
