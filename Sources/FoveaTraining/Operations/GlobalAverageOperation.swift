import CFoveaKernels
import FoveaGraph

/// The mean over an image's pixels; backward spreads it: dx = dy / N.
final class GlobalAverageOperation: DifferentiableOperation {
  private let source: Source
  private let output: Output
  private let blockRows: Int
  private var sums: Storage?
  private var shares: Storage?

  init(_ sources: [Source], _ output: Output) {
    source = sources[0]
    self.output = output
    blockRows =
      Partition(
        rows: source.shape.tokens, bytesPerRow: source.shape.channels * source.elementSize
      ).blockRows
  }

  var memory: BackwardMemory { BackwardMemory(sources: [false]) }
  var scratchBytes: Int { (blockRows + 1) * source.shape.channels * source.elementSize + 128 }

  func plan(_ planner: WorkspacePlanner) {
    sums = planner.forward(source.shape.batch * source.shape.channels * 4)
    shares = planner.backward(source.shape.channels * 4)
  }

  func forward(_ pass: Pass) {
    guard let sums else { return }
    let (channels, tokens) = (source.shape.channels, source.shape.tokens)
    output.begin()
    pass.workers.run(groups: source.shape.batch) { image, scratch in
      var scratch = scratch
      let memory = scratch.take(blockRows * channels * pass.elementSize)
      let total = sums.floats + image * channels
      total.update(repeating: 0, count: channels)
      for start in stride(from: 0, to: tokens, by: blockRows) {
        let first = image * tokens + start
        let pixels = first..<first + min(blockRows, tokens - start)
        let input = source.rows(pixels, scratch: memory, pass)
        var request = fovea_column_sums(
          rows: pixels.count, channels: channels, input: input.pointer, input_stride: input.stride,
          sums: total)
        pass.kernels.pointee.column_sums(&request)
      }
      for c in 0..<channels { total[c] /= Float(tokens) }
      pass.kernels.pointee.convert_from_float(total, output.map.pixel(image), channels)
    }
    output.finished(0..<source.shape.batch, group: 0, pass)
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let target = source.gradient, let shares else { return }
    output.prepareGradient(pass)
    let (channels, tokens) = (source.shape.channels, source.shape.tokens)
    shares.floats.update(repeating: 1 / Float(tokens), count: channels)
    pass.workers.run(groups: source.shape.batch) { image, scratch in
      var scratch = scratch
      let gradient = gradients.rows(
        image..<image + 1, scratch: scratch.take(channels * pass.elementSize), pass)
      let first = image * tokens
      var request = fovea_scale_shift(
        rows: tokens, channels: channels, input: gradient.pointer, input_stride: 0, scale: shares.floats,
        shift: nil, activation: FOVEA_IDENTITY, residual: target.residual(first),
        residual_stride: target.residualStride, output: target.map.pixel(first),
        output_stride: target.map.pixelStride)
      pass.kernels.pointee.scale_shift(&request)
    }
  }
}

extension GlobalAverage: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    GlobalAverageOperation(site.sources, site.output)
  }
}
