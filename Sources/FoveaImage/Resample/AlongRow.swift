/// One axis of a resize, along a row of interleaved RGB: one row in, one shorter or longer row out.
struct AlongRow {
  let table: ResamplingTable

  /// `source` (3 samples a pixel, the table's whole input) → `output` (3 samples a pixel, `table.count`).
  /// `offset` is the first source pixel that `source` holds. Cost: outputs × taps × 3 multiplications.
  func resample(
    _ source: UnsafePointer<UInt8>, offset: Int, into output: UnsafeMutablePointer<UInt8>
  ) {
    table.weights.withUnsafeBufferPointer { weights in
      guard var weight = weights.baseAddress else { return }
      for index in 0..<table.count {
        var (red, green, blue) = (ResamplingTable.half, ResamplingTable.half, ResamplingTable.half)
        let start = table.starts[index]
        let count = table.ends[index] - start
        var pixel = source + 3 * (start - offset)
        for tap in 0..<count {
          let w = weight[tap]
          red &+= Int32(pixel[0]) &* w
          green &+= Int32(pixel[1]) &* w
          blue &+= Int32(pixel[2]) &* w
          pixel += 3
        }
        output[3 * index] = clippedSample(red)
        output[3 * index + 1] = clippedSample(green)
        output[3 * index + 2] = clippedSample(blue)
        weight += table.stride
      }
    }
  }
}
