import FoveaGraph

/// Dropout in training: an element is zero with the probability, else divided by 1 − probability; backward does the
/// same to the gradient.
final class DropoutOperation: DifferentiableOperation {
  private let source: Source
  private let output: Output
  private let rate: Float
  private let random: CounterRandom
  private let blocks: Partition

  init(_ sources: [Source], _ output: Output, rate: Float, random: CounterRandom) {
    source = sources[0]
    self.output = output
    self.rate = rate
    self.random = random
    blocks = Partition(
      rows: output.map.shape.rows, bytesPerRow: 2 * output.map.shape.channels * output.map.elementSize)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [false]) }
  var scratchBytes: Int { blocks.blockRows * source.shape.channels * (source.elementSize + 4) + 256 }

  func forward(_ pass: Pass) {
    let target = GradientTarget(map: output.map, collected: nil)
    output.begin()
    mask(source, into: target, pass) { self.output.finished($0, group: $1, pass) }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let target = source.gradient else { return }
    output.prepareGradient(pass)
    mask(gradients, into: target, pass) { _, _ in }
  }

  private func mask(
    _ rows: any PixelRows, into target: GradientTarget, _ pass: Pass,
    finished: (Range<Int>, _ group: Int) -> Void
  ) {
    let channels = source.shape.channels
    let rate = pass.isTraining ? rate : 0
    pass.workers.run(groups: blocks.groups) { group, scratch in
      var scratch = scratch
      let memory = scratch.take(blocks.blockRows * channels * pass.elementSize)
      let floats = scratch.floats(blocks.blockRows * channels)
      for pixels in blocks.blocks(of: group) {
        let count = pixels.count * channels
        rows.write(pixels, to: memory, stride: channels, pass)
        pass.kernels.pointee.convert_to_float(memory, floats, count)
        for index in 0..<count {
          let isDropped = random.uniform(step: pass.step, index: pixels.lowerBound * channels + index) < rate
          floats[index] = isDropped ? 0 : floats[index] / (1 - rate)
        }
        pass.kernels.pointee.convert_from_float(floats, memory, count)
        target.store(memory, pixels, pass)
        finished(pixels, group)
      }
    }
  }
}
