import CFoveaKernels
import FoveaGraph

/// The sum of two maps of one shape, with stochastic depth: z = x + m · branch(x), m = 0 or 1 / (1 − rate) for
/// each sample (Huang et al., 2016).
///
/// Where nothing drops, both sources read this output's gradient where it lies, and backward has nothing to do.
final class ResidualAdd: DifferentiableOperation {
  private let sources: [Source]
  private let output: Output
  /// Which source is the branch, and the probability that a sample skips it.
  private let drop: (branch: Int, rate: Float, random: CounterRandom)?
  private let blockRows: Int

  init(_ sources: [Source], _ output: Output, drop: (branch: Int, rate: Float, random: CounterRandom)?) {
    self.sources = sources
    self.output = output
    self.drop = drop
    blockRows =
      Partition(
        rows: output.map.shape.rows, bytesPerRow: 3 * output.map.shape.channels * output.map.elementSize
      ).blockRows
  }

  /// Whether samples may skip the branch.
  var dropsSamples: Bool { drop != nil }
  var memory: BackwardMemory { BackwardMemory(sources: [false, false]) }
  private var blockBytes: Int { blockRows * output.map.shape.channels * output.map.elementSize }
  var scratchBytes: Int { blockBytes + output.map.shape.channels * 4 + 256 }

  /// m of a sample.
  private func factor(_ image: Int, _ pass: Pass) -> Float {
    guard let drop, pass.isTraining else { return 1 }
    return drop.random.uniform(step: pass.step, index: image) < drop.rate ? 0 : 1 / (1 - drop.rate)
  }

  /// Calls `body` for blocks of every image's pixels.
  private func forEachBlock(
    _ pass: Pass, _ body: (_ image: Int, _ pixels: Range<Int>, _ group: Int, _ scratch: Scratch) -> Void
  ) {
    let shape = output.map.shape
    let isOneRun = drop == nil
    let (images, tokens) = isOneRun ? (1, shape.rows) : (shape.batch, shape.tokens)
    let perImage = (tokens + blockRows - 1) / blockRows
    let groups = min(Workers.groups, images * perImage)
    pass.workers.run(groups: groups) { group, scratch in
      for item in images * perImage * group / groups..<images * perImage * (group + 1) / groups {
        let first = item / perImage * tokens + item % perImage * blockRows
        let end = min(first + blockRows, (item / perImage + 1) * tokens)
        body(item / perImage, first..<end, group, scratch)
      }
    }
  }

  func forward(_ pass: Pass) {
    output.begin()
    forEachBlock(pass) { image, pixels, group, scratch in
      let target = output.map.pixel(pixels.lowerBound)
      let stride = output.map.pixelStride
      let factor = factor(image, pass)
      let branch = sources[drop?.branch ?? 1]
      let shortcut = sources[1 - (drop?.branch ?? 1)]
      if factor == 0 {
        shortcut.write(pixels, to: target, stride: stride, pass)
      } else if factor == 1 {
        let (plain, other) = branch.tail == nil ? (branch, shortcut) : (shortcut, branch)
        if let run = plain.inPlace(pixels.lowerBound) {
          other.add(pixels, to: run, into: target, stride: stride, pass)
        } else {
          plain.write(pixels, to: target, stride: stride, pass)
          let sum = PixelRun(pointer: UnsafeRawPointer(target), stride: stride)
          other.add(pixels, to: sum, into: target, stride: stride, pass)
        }
      } else {
        var scratch = scratch
        shortcut.write(pixels, to: target, stride: stride, pass)
        let run = branch.rows(pixels, scratch: scratch.take(blockBytes), pass)
        let sum = PixelRun(pointer: UnsafeRawPointer(target), stride: stride)
        scale(run, by: factor, pixels.count, plus: sum, to: target, stride: stride, &scratch, pass)
      }
      output.finished(pixels, group: group, pass)
    }
    output.complete(pass)
  }

  /// output = factor · run + other.
  private func scale(
    _ run: PixelRun, by factor: Float, _ rows: Int, plus other: PixelRun?,
    to target: UnsafeMutableRawPointer, stride: Int, _ scratch: inout Scratch, _ pass: Pass
  ) {
    let channels = output.map.shape.channels
    let factors = scratch.floats(channels)
    factors.update(repeating: factor, count: channels)
    var request = fovea_scale_shift(
      rows: rows, channels: channels, input: run.pointer, input_stride: run.stride, scale: factors,
      shift: nil, activation: FOVEA_IDENTITY, residual: other?.pointer, residual_stride: other?.stride ?? 0,
      output: target, output_stride: stride)
    pass.kernels.pointee.scale_shift(&request)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, sources.contains(where: { $0.gradient != nil }) else { return }
    output.prepareGradient(pass)
    forEachBlock(pass) { image, pixels, _, scratch in
      let factor = factor(image, pass)
      for (index, source) in sources.enumerated() {
        guard let target = source.gradient else { continue }
        if factor == 1 || index != drop?.branch {
          gradients.write(pixels, into: target, pass)
        } else {
          var scratch = scratch
          let run = gradients.rows(pixels, scratch: scratch.take(blockBytes), pass)
          let collected = target.residual(pixels.lowerBound).map {
            PixelRun(pointer: $0, stride: target.residualStride)
          }
          scale(
            run, by: factor, pixels.count, plus: collected, to: target.map.pixel(pixels.lowerBound),
            stride: target.map.pixelStride, &scratch, pass)
        }
      }
    }
  }
}
