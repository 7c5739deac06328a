import CFoveaKernels
import FoveaGraph

/// The sum or product of two maps of which the second may repeat, over the batch or over every pixel of an image.
///
/// Backward sums what a repeated map's gradient is made of, image by image, then over the batch.
final class CombinationOperation: DifferentiableOperation {
  private let kind: Combination.Kind
  private let sources: [Source]
  private let output: Output
  private let blockRows: Int
  /// [images][pixels of the second · C]: the second's gradient in float32.
  private var sums: GroupSums?

  init(_ combination: Combination, _ sources: [Source], _ output: Output) {
    kind = combination.kind
    self.sources = sources
    self.output = output
    blockRows =
      Partition(
        rows: output.map.shape.tokens, bytesPerRow: 3 * output.map.shape.channels * output.map.elementSize
      ).blockRows
  }

  var memory: BackwardMemory { BackwardMemory(sources: sources.map { _ in kind == .multiply }) }
  private var shape: Shape { output.map.shape }
  private var second: Shape { sources[1].shape }
  private var isPerPixel: Bool { second.tokens < shape.tokens }
  private var repeats: Bool { second != shape }
  private var blockBytes: Int { blockRows * shape.channels * output.map.elementSize }
  var scratchBytes: Int { 3 * blockBytes + shape.channels * (4 + output.map.elementSize) + 512 }

  func plan(_ planner: WorkspacePlanner) {
    guard repeats, sources[1].gradient != nil else { return }
    sums = GroupSums(groups: shape.batch, count: second.tokens * shape.channels, planner.backward)
  }

  /// The second's pixels that meet those of the first; a stride of 0 repeats one.
  private func second(_ pixels: Range<Int>, image: Int) -> PixelRun {
    let own = second.batch == 1 ? 0 : image
    let first = isPerPixel ? own : own * shape.tokens + pixels.lowerBound - image * shape.tokens
    let map = sources[1].map
    return PixelRun(pointer: UnsafeRawPointer(map.pixel(first)), stride: isPerPixel ? 0 : map.pixelStride)
  }

  private func first(_ pixels: Range<Int>) -> PixelRun {
    let map = sources[0].map
    return PixelRun(pointer: UnsafeRawPointer(map.pixel(pixels.lowerBound)), stride: map.pixelStride)
  }

  private func forEachBlock(
    _ pass: Pass, _ body: (_ image: Int, _ pixels: Range<Int>, _ scratch: Scratch) -> Void
  ) {
    pass.workers.run(groups: shape.batch) { image, scratch in
      for start in stride(from: 0, to: shape.tokens, by: blockRows) {
        let first = image * shape.tokens + start
        body(image, first..<first + min(blockRows, shape.tokens - start), scratch)
      }
    }
  }

  private func combine(
    _ kind: fovea_combination, _ rows: Int, _ left: PixelRun, _ right: PixelRun,
    into target: UnsafeMutableRawPointer, stride: Int, _ pass: Pass
  ) {
    var request = fovea_combine(
      rows: rows, channels: shape.channels, combination: kind, left: left.pointer, left_stride: left.stride,
      right: right.pointer, right_stride: right.stride, output: target, output_stride: stride)
    pass.kernels.pointee.combine(&request)
  }

  func forward(_ pass: Pass) {
    output.begin()
    forEachBlock(pass) { image, pixels, _ in
      combine(
        kind == .add ? FOVEA_ADD : FOVEA_MULTIPLY, pixels.count, first(pixels), second(pixels, image: image),
        into: output.map.pixel(pixels.lowerBound), stride: output.map.pixelStride, pass)
    }
    if output.tail?.statistics != nil {
      for image in 0..<shape.batch {
        output.finished(image * shape.tokens..<(image + 1) * shape.tokens, group: 0, pass)
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    if let sums { for image in 0..<shape.batch { sums.clear(image) } }
    forEachBlock(pass) { image, pixels, scratch in
      var scratch = scratch
      let gradient = gradients.rows(pixels, scratch: scratch.take(blockBytes), pass)
      let product = scratch.take(blockBytes)
      for index in 0..<2 {
        guard let target = sources[index].gradient else { continue }
        var run = gradient
        if kind == .multiply {
          let other = index == 0 ? second(pixels, image: image) : first(pixels)
          combine(FOVEA_MULTIPLY, pixels.count, gradient, other, into: product, stride: shape.channels, pass)
          run = PixelRun(pointer: UnsafeRawPointer(product), stride: shape.channels)
        }
        if index == 1, let sums {
          add(run, pixels, to: sums.sums(image), image, pass)
        } else {
          send(run, pixels, to: target, pass)
        }
      }
    }
    mergeSums(pass)
  }

  private func send(_ run: PixelRun, _ pixels: Range<Int>, to target: GradientTarget, _ pass: Pass) {
    var request = fovea_scale_shift(
      rows: pixels.count, channels: shape.channels, input: run.pointer, input_stride: run.stride, scale: nil,
      shift: nil, activation: FOVEA_IDENTITY, residual: target.residual(pixels.lowerBound),
      residual_stride: target.residualStride, output: target.map.pixel(pixels.lowerBound),
      output_stride: target.map.pixelStride)
    pass.kernels.pointee.scale_shift(&request)
  }

  /// Into an image's sums: over its pixels, or pixel by pixel.
  private func add(
    _ run: PixelRun, _ pixels: Range<Int>, to sums: UnsafeMutablePointer<Float>, _ image: Int, _ pass: Pass
  ) {
    if isPerPixel {
      var request = fovea_column_sums(
        rows: pixels.count, channels: shape.channels, input: run.pointer, input_stride: run.stride, sums: sums
      )
      return pass.kernels.pointee.column_sums(&request)
    }
    for (row, pixel) in pixels.enumerated() {
      var request = fovea_column_sums(
        rows: 1, channels: shape.channels, input: run.pointer + row * run.stride * pass.elementSize,
        input_stride: run.stride, sums: sums + (pixel - image * shape.tokens) * shape.channels)
      pass.kernels.pointee.column_sums(&request)
    }
  }

  private func mergeSums(_ pass: Pass) {
    guard let sums, let target = sources[1].gradient else { return }
    if second.batch == 1 { _ = sums.total(pass) }
    pass.workers.run(groups: second.batch) { image, scratch in
      var scratch = scratch
      let row = scratch.take(shape.channels * pass.elementSize)
      for token in 0..<second.tokens {
        let pixel = image * second.tokens + token
        pass.kernels.pointee.convert_from_float(
          sums.sums(image) + token * shape.channels, row, shape.channels)
        target.store(row, pixel..<pixel + 1, pass)
      }
    }
  }
}

extension Combination: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { unit.isResidual }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    if unit.isResidual { return ResidualAdd(site.sources, site.output, drop: site.drop) }
    return CombinationOperation(self, site.sources, site.output)
  }
}
