import CFoveaKernels
import FoveaGraph

/// The product of every pixel with every token: the tokens are packed as weights, an image at a time.
struct TokenProductStep: Step {
  let map: Placement
  let tokens: Placement
  let output: Placement
  let granularity: Int
  let elementSize: Int
  let paths: [String]
  let multiplyAdds: Int

  var kind: String { "token product" }
  var reads: [RegionID] { [map.region, tokens.region] }
  var writes: [RegionID] { [output.region] }
  var scratchBytes: Int {
    tokens.shape.tokens.rounded(toMultipleOf: Int(FOVEA_PANEL))
      * tokens.shape.channels.rounded(toMultipleOf: granularity) * elementSize
  }

  func run(_ execution: Execution) {
    let (depth, count) = (tokens.shape.channels, tokens.shape.tokens)
    for image in 0..<map.shape.batch {
      let source = execution.view(tokens, image: image)
      let (input, target) = (execution.view(map, image: image), execution.view(output, image: image))
      execution.pool.run { thread in
        let weights = execution.scratch(of: thread)
        var pack = fovea_pack(
          depth: depth, columns: count, input: source.base, input_is_map: true, depth_stride: 1,
          column_stride: source.pixelStride, output: weights)
        execution.kernels.pointee.pack(&pack)
        let share = ThreadPool.share(of: map.shape.tokens, thread: thread, threads: execution.pool.count)
        guard !share.isEmpty else { return }
        var tap = fovea_tap(
          input: input.base + share.lowerBound * input.pixelStride * elementSize, first: 0, depth: depth)
        withUnsafePointer(to: &tap) { tap in
          var request = fovea_product(
            rows: share.count, columns: count, input_stride: input.pixelStride, taps: tap, tap_count: 1,
            weights: weights, weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY, residual: nil,
            residual_stride: 0,
            output: target.base + share.lowerBound * target.pixelStride * elementSize,
            output_stride: target.pixelStride)
          execution.kernels.pointee.product(&request)
        }
      }
    }
  }
}

extension TokenProduct: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    .whole(self, .binary(inputs[0], inputs[1]))
  }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    guard case .binary(let map, let tokens) = operation.operands else { return }
    let places = (layout.placement(reading: map), layout.placement(reading: tokens))
    layout.append(
      TokenProductStep(
        map: places.0, tokens: places.1, output: layout.placement(writing: operation.output),
        granularity: layout.granularity, elementSize: layout.settings.elementSize, paths: [operation.path],
        multiplyAdds: operation.multiplyAdds))
  }
}
