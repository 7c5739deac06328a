/// One axis of a resize, along a row of interleaved RGB: one row in, one shorter or longer row out.
struct AlongRow<Sample: ResampledSample> {
  let table: ResamplingTable<Sample>

  /// `source` (3 samples a pixel, the table's whole input) → `output` (3 samples a pixel, `table.count`).
  /// `offset` is the first source pixel that `source` holds. Cost: outputs × taps × 3 multiplications.
  func resample(
    _ source: UnsafePointer<Sample>, offset: Int, into output: UnsafeMutablePointer<Sample>
  ) {
    table.weights.withUnsafeBufferPointer { weights in
      guard var weight = weights.baseAddress else { return }
      for index in 0..<table.count {
        var (red, green, blue) = (Sample.empty, Sample.empty, Sample.empty)
        let start = table.starts[index]
        let count = table.ends[index] - start
        var pixel = source + 3 * (start - offset)
        for tap in 0..<count {
          let w = weight[tap]
          red = Sample.add(pixel[0], times: w, to: red)
          green = Sample.add(pixel[1], times: w, to: green)
          blue = Sample.add(pixel[2], times: w, to: blue)
          pixel += 3
        }
        output[3 * index] = Sample.sample(of: red)
        output[3 * index + 1] = Sample.sample(of: green)
        output[3 * index + 2] = Sample.sample(of: blue)
        weight += table.stride
      }
    }
  }
}
