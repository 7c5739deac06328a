/// The weights of one axis: which source samples each output sample is the sum of.
/// They are fixed-point with 22 bits behind the point, as in Pillow, so that sums are exact and their order
/// does not matter.
struct ResamplingTable {
  /// Bits behind the point of a weight.
  static let fractionBits: Int32 = 22
  /// One half, so that the shift afterwards rounds.
  static let half: Int32 = 1 << (fractionBits - 1)

  /// The first source sample of each output.
  private(set) var starts: [Int] = []
  /// One past the last source sample of each output.
  private(set) var ends: [Int] = []
  /// Weights of output j at `j * stride ..< j * stride + ends[j] - starts[j]`.
  private(set) var weights: [Int32] = []
  /// The most source samples that one output needs.
  let stride: Int

  /// The table for `outputs`, a range of the `outputSize` samples that `inputSize` samples are resized to.
  /// Traps on an empty range or one outside the output. Cost: outputs × taps.
  init(inputSize: Int, outputSize: Int, outputs: Range<Int>, filter: ResamplingFilter) {
    precondition(
      inputSize > 0 && !outputs.isEmpty && outputs.lowerBound >= 0 && outputs.upperBound <= outputSize,
      "ResamplingTable: outputs \(outputs) of \(outputSize) from \(inputSize)")
    let scale = Double(inputSize) / Double(outputSize)
    let filterScale = max(scale, 1)
    let support = filter.support * filterScale
    stride = Int(support.rounded(.up)) * 2 + 1
    weights.reserveCapacity(outputs.count * stride)
    for output in outputs {
      let center = (Double(output) + 0.5) * scale
      let start = max(0, Int(center - support + 0.5))
      let end = min(inputSize, Int(center + support + 0.5))
      let reciprocal = 1 / filterScale
      let heights = (start..<end).map { filter.weight((Double($0) - center + 0.5) * reciprocal) }
      let sum = heights.reduce(0, +)
      starts.append(start)
      ends.append(end)
      weights += heights.map { Self.fixedPoint(sum != 0 ? $0 / sum : $0) }
      weights += repeatElement(0, count: stride - heights.count)
    }
  }

  /// Outputs in the table.
  var count: Int { starts.count }

  /// The source samples that any output needs.
  var sources: Range<Int> { (starts.first ?? 0)..<(ends.last ?? 0) }

  /// The most outputs that one source sample belongs to, counted over the contiguous run of them.
  var overlap: Int {
    var (widest, upper) = (1, 0)
    for output in 0..<count {
      while upper < count && starts[upper] < ends[output] { upper += 1 }
      widest = max(widest, upper - output)
    }
    return widest
  }

  /// The outputs that source sample `source` belongs to; both bounds only grow with `source`.
  func outputs(using source: Int) -> Range<Int> {
    let lower = firstIndex { ends[$0] > source }
    return lower..<max(lower, firstIndex { starts[$0] > source })
  }

  private func firstIndex(where holds: (Int) -> Bool) -> Int {
    var (lower, upper) = (0, count)
    while lower < upper {
      let middle = (lower + upper) / 2
      if holds(middle) { upper = middle } else { lower = middle + 1 }
    }
    return lower
  }

  private static func fixedPoint(_ weight: Double) -> Int32 {
    let scaled = weight * Double(1 << fractionBits)
    return Int32(weight < 0 ? scaled - 0.5 : scaled + 0.5)
  }
}

/// A sum of weighted samples back to 8 bits: the fraction is dropped (half was added), the ends clipped.
@inline(__always) func clippedSample(_ sum: Int32) -> UInt8 {
  UInt8(truncatingIfNeeded: max(0, min(255, sum >> ResamplingTable.fractionBits)))
}
