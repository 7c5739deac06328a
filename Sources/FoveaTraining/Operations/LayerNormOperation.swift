import CFoveaKernels
import FoveaGraph

/// Layer normalisation over the channels of every pixel; backward recomputes mean and variance from the input.
final class LayerNormOperation: DifferentiableOperation {
  private let norm: LayerNorm
  private let source: Source
  private let output: Output
  private let layer: LayerParameters
  private let blocks: Partition
  private var sums: GroupSums?

  init(_ norm: LayerNorm, _ sources: [Source], _ output: Output, _ parameters: OperationParameters) {
    self.norm = norm
    source = sources[0]
    self.output = output
    layer = LayerParameters(weight: norm.weight, bias: norm.bias, parameters)
    blocks = Partition(
      rows: output.map.shape.rows, bytesPerRow: 3 * output.map.shape.channels * output.map.elementSize)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [true]) }
  private var blockBytes: Int { blocks.blockRows * source.shape.channels * source.elementSize }
  var scratchBytes: Int { 3 * blockBytes + 256 }

  func plan(_ planner: WorkspacePlanner) {
    sums = GroupSums(groups: blocks.groups, count: 2 * source.shape.channels, planner.backward)
  }

  func forward(_ pass: Pass) {
    output.begin()
    pass.workers.run(groups: blocks.groups) { group, scratch in
      var scratch = scratch
      let memory = scratch.take(blockBytes)
      for pixels in blocks.blocks(of: group) {
        let input = source.rows(pixels, scratch: memory, pass)
        var request = fovea_layer_norm(
          rows: pixels.count, channels: source.shape.channels, input: input.pointer,
          input_stride: input.stride, weight: layer.weight, bias: layer.bias, epsilon: norm.epsilon,
          output: output.map.pixel(pixels.lowerBound), output_stride: output.map.pixelStride)
        pass.kernels.pointee.layer_norm(&request)
        output.finished(pixels, group: group, pass)
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let sums else { return }
    output.prepareGradient(pass)
    let channels = source.shape.channels
    pass.workers.run(groups: blocks.groups) { group, scratch in
      var scratch = scratch
      let (gradientMemory, memory) = (scratch.take(blockBytes), scratch.take(blockBytes))
      let nowhere = scratch.take(blockBytes)
      sums.clear(group)
      for pixels in blocks.blocks(of: group) {
        let gradient = gradients.rows(pixels, scratch: gradientMemory, pass)
        let input = source.rows(pixels, scratch: memory, pass)
        let target = source.gradient
        var request = fovea_layer_norm_gradient(
          rows: pixels.count, channels: channels, input: input.pointer, input_stride: input.stride,
          gradient: gradient.pointer, gradient_stride: gradient.stride, weight: layer.weight,
          epsilon: norm.epsilon, weight_sums: sums.sums(group), bias_sums: sums.sums(group) + channels,
          residual: target?.residual(pixels.lowerBound), residual_stride: target?.residualStride ?? 0,
          output: target?.map.pixel(pixels.lowerBound) ?? nowhere,
          output_stride: target?.map.pixelStride ?? channels)
        pass.kernels.pointee.layer_norm_gradient(&request)
      }
    }
    if let weightGradient = layer.weightGradient { sums.add(to: weightGradient, count: channels, pass) }
    if let biasGradient = layer.biasGradient {
      sums.add(to: biasGradient, from: channels, count: channels, pass)
    }
  }
}

extension LayerNorm: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    LayerNormOperation(self, site.sources, site.output, site.parameters)
  }
}
