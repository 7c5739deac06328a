/// The weights of one axis: which source samples each output sample is the sum of.
struct ResamplingTable<Sample: ResampledSample> {
  /// The first source sample of each output.
  private(set) var starts: [Int] = []
  /// One past the last source sample of each output.
  private(set) var ends: [Int] = []
  /// Weights of output j at `j * stride ..< j * stride + ends[j] - starts[j]`.
  private(set) var weights: [Sample.Sum] = []
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
      weights += heights.map { Sample.weight(sum != 0 ? $0 / sum : $0) }
      weights += repeatElement(Sample.weight(0), count: stride - heights.count)
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
}
