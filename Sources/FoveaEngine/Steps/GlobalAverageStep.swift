import CFoveaKernels
import FoveaGraph

/// The mean over the pixels of each image, summed in chunks whose number depends on the shape alone.
struct GlobalAverageStep: Step {
  let input: Placement
  let output: Placement
  /// (images, chunks, C) float32.
  let partials: RegionID
  let paths: [String]

  var kind: String { "average" }
  var reads: [RegionID] { [input.region] }
  var writes: [RegionID] { [output.region, partials] }
  var multiplyAdds: Int { 0 }
  var scratchBytes: Int { 0 }

  /// Tokens of a chunk, of N: enough chunks for any machine's threads, few enough to be summed at no cost.
  static func chunkTokens(_ tokens: Int) -> Int { max(64, ((tokens + 31) / 32).rounded(toMultipleOf: 64)) }
  static func chunks(_ tokens: Int) -> Int { (tokens + chunkTokens(tokens) - 1) / chunkTokens(tokens) }

  func run(_ execution: Execution) {
    let (tokens, channels) = (input.shape.tokens, input.shape.channels)
    let (chunkTokens, chunks) = (Self.chunkTokens(tokens), Self.chunks(tokens))
    let partials = execution.pointer(partials).assumingMemoryBound(to: Float.self)
    execution.forEach(input.shape.batch * chunks) { item, _ in
      let view = execution.view(input, image: item / chunks)
      let start = item % chunks * chunkTokens
      let sums = partials + item * channels
      sums.update(repeating: 0, count: channels)
      var request = fovea_column_sums(
        rows: min(chunkTokens, tokens - start), channels: channels,
        input: view.base + start * view.pixelStride * execution.elementSize, input_stride: view.pixelStride,
        sums: sums)
      execution.kernels.pointee.column_sums(&request)
    }
    for image in 0..<input.shape.batch {
      let sums = partials + image * chunks * channels
      for channel in 0..<channels {
        for chunk in 1..<max(chunks, 1) { sums[channel] += sums[chunk * channels + channel] }
        sums[channel] /= Float(tokens)
      }
      execution.kernels.pointee.convert_from_float(sums, execution.view(output, image: image).base, channels)
    }
  }
}

extension GlobalAverage: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .whole(self, .unary(inputs[0])) }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    guard let main = operation.operands.main else { return }
    let input = layout.placement(reading: main)
    let output = layout.placement(writing: operation.output)
    let chunks = GlobalAverageStep.chunks(input.shape.tokens)
    let partials = layout.region(bytes: input.shape.batch * chunks * input.shape.channels * 4)
    layout.append(
      GlobalAverageStep(input: input, output: output, partials: partials, paths: [operation.path]))
  }
}
