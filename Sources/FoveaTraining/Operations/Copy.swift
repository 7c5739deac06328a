import CFoveaKernels
import FoveaGraph

/// The same map again, for a batch norm or an activation that no operation before can carry as its tail.
final class Copy: DifferentiableOperation {
  private let source: Source
  private let output: Output
  private let blocks: Partition

  init(_ sources: [Source], _ output: Output) {
    source = sources[0]
    self.output = output
    blocks = Partition(
      rows: output.map.shape.rows, bytesPerRow: 2 * output.map.shape.channels * output.map.elementSize)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [false]) }

  func forward(_ pass: Pass) {
    output.begin()
    pass.workers.run(groups: blocks.groups) { group, _ in
      for pixels in blocks.blocks(of: group) {
        source.write(
          pixels, to: output.map.pixel(pixels.lowerBound), stride: output.map.pixelStride, pass)
        output.finished(pixels, group: group, pass)
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let target = source.gradient else { return }
    output.prepareGradient(pass)
    pass.workers.run(groups: blocks.groups) { group, _ in
      for pixels in blocks.blocks(of: group) {
        gradients.write(pixels, into: target, pass)
      }
    }
  }
}

extension OutputGradient {
  /// The gradient by y, added to what a target has collected.
  func write(_ pixels: Range<Int>, into target: GradientTarget, _ pass: Pass) {
    var request = fovea_activation_gradient_apply()
    request.of = self.request(pixels)
    request.factor = tail?.statistics.map { UnsafePointer($0.factor) }
    if let statistics = tail?.statistics, !statistics.isFrozen {
      request.slope = UnsafePointer(statistics.slope)
      request.offset = UnsafePointer(statistics.offset)
    }
    request.residual = target.residual(pixels.lowerBound)
    request.residual_stride = target.residualStride
    request.output = target.map.pixel(pixels.lowerBound)
    request.output_stride = target.map.pixelStride
    pass.kernels.pointee.activation_gradient_apply(&request)
  }
}

// A norm or an activation that no tail took is the tail of a copy.

extension BatchNorm: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    Copy(site.sources, site.output)
  }
}

extension Activation: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    Copy(site.sources, site.output)
  }
}

extension Reshape: TrainableOperation {
  /// Of a lowered program no unit is one: who reads the map sees it on its own grid.
  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    Copy(site.sources, site.output)
  }
}
