import FoveaGraph

/// Pixels moved to other places: windows, shifts, joined tokens. Pixel i of the output is pixel `sources[i]`
/// of the input, or zeros where that is negative.
struct GatherStep: Step {
  let input: Placement
  let output: Placement
  /// For each written output pixel, over all images, the input pixel.
  let sources: [Int32]
  /// The first written output pixel, and how many follow before the next image's.
  let targets: Range<Int>
  let paths: [String]

  var kind: String { "gather" }
  var reads: [RegionID] { [input.region] }
  var writes: [RegionID] { [output.region] }
  var multiplyAdds: Int { 0 }
  var scratchBytes: Int { 0 }
  var tableBytes: Int { sources.count * MemoryLayout<Int32>.size }

  func run(_ execution: Execution) {
    let (source, target) = (execution.view(input, image: 0), execution.view(output, image: 0))
    let size = execution.elementSize
    let bytes = input.shape.channels * size
    let perImage = targets.count
    execution.pool.run { thread in
      let share = ThreadPool.share(of: sources.count, thread: thread, threads: execution.pool.count)
      for index in share {
        let pixel = index / perImage * output.shape.tokens + targets.lowerBound + index % perImage
        let destination = target.base + pixel * target.pixelStride * size
        let from = Int(sources[index])
        if from < 0 {
          destination.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
        } else {
          destination.copyMemory(from: source.base + from * source.pixelStride * size, byteCount: bytes)
        }
      }
    }
  }
}
