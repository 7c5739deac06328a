import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A map on another grid, separably; backward is the same with the taps transposed.
final class ResizeOperation: DifferentiableOperation {
  private let source: Source
  private let output: Output
  private let forwardTaps: AxisTaps2D
  private let backwardTaps: AxisTaps2D

  init(_ resize: Resize, _ sources: [Source], _ output: Output) {
    source = sources[0]
    self.output = output
    let (from, to) = (source.shape, output.map.shape)
    let vertical = AxisTaps(resize.method, from: from.height, to: to.height)
    let horizontal = AxisTaps(resize.method, from: from.width, to: to.width)
    forwardTaps = AxisTaps2D(vertical: vertical, horizontal: horizontal)
    backwardTaps = AxisTaps2D(
      vertical: vertical.transposed(inputs: from.height),
      horizontal: horizontal.transposed(inputs: from.width))
  }

  var memory: BackwardMemory { BackwardMemory(sources: [false]) }

  var scratchBytes: Int {
    RowRing.bytes(source.shape, capacity: forwardTaps.vertical.span, elementSize: source.elementSize)
      + RowRing.bytes(
        output.map.shape, capacity: backwardTaps.vertical.span, elementSize: source.elementSize)
      + 8 * max(forwardTaps.vertical.taps, backwardTaps.vertical.taps) + 128
  }

  func forward(_ pass: Pass) {
    output.begin()
    let shape = output.map.shape
    let bands = Bands(images: shape.batch, height: shape.height)
    pass.workers.run(groups: bands.groups) { group, scratch in
      for item in bands.items(of: group) {
        var scratch = scratch
        let image = bands.image(of: item)
        var ring = RowRing(source, image: image, capacity: forwardTaps.vertical.span, &scratch, pass)
        let rows = DepthwiseConvolution.pointers(forwardTaps.vertical.taps, &scratch)
        for y in bands.share(of: item, shape.height) {
          let first = (image * shape.height + y) * shape.width
          let target = GradientTarget(map: output.map, collected: nil)
          forwardTaps.run(&ring, y, rows, into: target, first, pass)
          output.finished(first..<first + shape.width, group: group, pass)
        }
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let target = source.gradient else { return }
    output.prepareGradient(pass)
    let shape = source.shape
    let bands = Bands(images: shape.batch, height: shape.height)
    pass.workers.run(groups: bands.groups) { group, scratch in
      for item in bands.items(of: group) {
        var scratch = scratch
        let image = bands.image(of: item)
        var ring = RowRing(
          gradients, image: image, capacity: backwardTaps.vertical.span, &scratch, pass)
        let rows = DepthwiseConvolution.pointers(backwardTaps.vertical.taps, &scratch)
        for y in bands.share(of: item, shape.height) {
          backwardTaps.run(&ring, y, rows, into: target, (image * shape.height + y) * shape.width, pass)
        }
      }
    }
  }
}

extension Resize: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    ResizeOperation(self, site.sources, site.output)
  }
}
