import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A 1×1 convolution or linear layer, whole or in groups of channels: y = x Wᵀ + b, over blocks of pixels.
///
/// Backward: dx = dy W, dW = dyᵀ x, db = Σ dy, all while a block of dy is in cache.
final class PointwiseConvolution: DifferentiableOperation {
  private let convolution: Convolution
  private let source: Source
  private let output: Output
  private let layer: LayerParameters
  /// Channels of a group.
  private let inputs: Int, outputs: Int
  private let blocks: Partition
  private let gradientBlocks: Partition
  private var forwardWeights: PackedWeights?
  private var backwardWeights: PackedWeights?
  private var sums: GroupSums?
  private var sliced: SlicedWeightGradient?

  init(_ convolution: Convolution, _ sources: [Source], _ output: Output, _ parameters: OperationParameters) {
    self.convolution = convolution
    source = sources[0]
    self.output = output
    layer = LayerParameters(weight: convolution.weight, bias: convolution.bias, parameters)
    inputs = convolution.inputChannels / convolution.groups
    outputs = convolution.outputChannels / convolution.groups
    let bytesPerRow = (convolution.inputChannels + convolution.outputChannels) * output.map.elementSize
    let rows = output.map.shape.rows
    blocks = Partition(rows: rows, bytesPerRow: bytesPerRow)
    gradientBlocks = Partition(
      rows: rows, bytesPerRow: bytesPerRow, bytes: 512 << 10,
      largestGroups: GroupSums.groups(rows: rows, weights: convolution.weight.count))
  }

  var memory: BackwardMemory { BackwardMemory(sources: [layer.weightGradient != nil]) }

  var scratchBytes: Int {
    (max(blocks.blockRows, gradientBlocks.blockRows)
      * (convolution.inputChannels + convolution.outputChannels)) * output.map.elementSize + 128
  }

  func plan(_ planner: WorkspacePlanner) {
    forwardWeights = PackedWeights(
      depth: inputs, columns: outputs, groups: convolution.groups, kernels: planner.kernels, planner.forward)
    if source.gradient != nil {
      backwardWeights = PackedWeights(
        depth: outputs, columns: inputs, groups: convolution.groups, kernels: planner.kernels,
        planner.backward)
    }
    if layer.weightGradient != nil, convolution.groups == 1,
      SlicedWeightGradient.isCheaper(
        rows: source.shape.rows, inputs: inputs, outputs: outputs, groups: gradientBlocks.groups,
        elementSize: source.elementSize)
    {
      sliced = SlicedWeightGradient(
        rows: source.shape.rows, inputs: inputs, outputs: outputs, elementSize: source.elementSize,
        keepsGradient: output.tail != nil, keepsSource: source.tail != nil, planner.backward)
    }
    if layer.isTrained {
      sums = GroupSums(
        groups: gradientBlocks.groups, count: summedWeights + convolution.outputChannels, planner.backward)
    }
  }

  /// Weights whose gradients every group sums for itself.
  private var summedWeights: Int {
    sliced == nil && layer.weightGradient != nil ? convolution.weight.count : 0
  }

  func forward(_ pass: Pass) {
    guard let packed = forwardWeights else { return }
    packed.pack(layer.weight, depthStride: 1, columnStride: inputs, groupStride: outputs * inputs, pass)
    output.begin()
    pass.workers.run(groups: blocks.groups) { group, scratch in
      var scratch = scratch
      let memory = scratch.take(blocks.blockRows * convolution.inputChannels * source.elementSize)
      for pixels in blocks.blocks(of: group) {
        let input = source.rows(pixels, scratch: memory, pass)
        for part in 0..<convolution.groups {
          pass.multiply(
            input.skipping(part * inputs, pass), rows: pixels.count, packed, group: part,
            bias: layer.bias.map { $0 + part * outputs },
            into: output.map.pixel(pixels.lowerBound) + part * outputs * pass.elementSize,
            stride: output.map.pixelStride)
        }
        output.finished(pixels, group: group, pass)
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    backwardWeights?.pack(
      layer.weight, depthStride: inputs, columnStride: 1, groupStride: outputs * inputs, pass)
    pass.workers.run(groups: gradientBlocks.groups) { group, scratch in
      var scratch = scratch
      let rows = gradientBlocks.blockRows
      let gradientMemory = scratch.take(rows * convolution.outputChannels * pass.elementSize)
      let sourceMemory = scratch.take(rows * convolution.inputChannels * pass.elementSize)
      sums?.clear(group)
      for pixels in gradientBlocks.blocks(of: group) {
        let kept = sliced?.gradientMemory(pixels.lowerBound)
        let gradient = gradients.rows(pixels, scratch: kept ?? gradientMemory, pass)
        if let kept = sliced?.sourceMemory(pixels.lowerBound) {
          source.write(pixels, to: kept, stride: inputs, pass)
        }
        addSums(gradient, pixels, group, sourceMemory, pass)
        sendBack(gradient, pixels, pass)
      }
    }
    if let weightGradient = layer.weightGradient {
      sliced?.add(to: weightGradient, gradient: gradients.inPlace(0), source: source.inPlace(0), pass)
      if summedWeights > 0 { sums?.add(to: weightGradient, count: summedWeights, pass) }
    }
    if let biasGradient = layer.biasGradient {
      sums?.add(to: biasGradient, from: summedWeights, count: convolution.outputChannels, pass)
    }
  }

  private func addSums(
    _ gradient: PixelRun, _ pixels: Range<Int>, _ group: Int, _ memory: UnsafeMutableRawPointer, _ pass: Pass
  ) {
    guard let sums = sums?.sums(group) else { return }
    if summedWeights > 0 {
      let input = source.rows(pixels, scratch: memory, pass)
      for part in 0..<convolution.groups {
        var request = fovea_outer_sums(
          rows: pixels.count, depth: outputs, columns: inputs,
          input: gradient.skipping(part * outputs, pass).pointer, input_stride: gradient.stride,
          gradient: input.skipping(part * inputs, pass).pointer, gradient_stride: input.stride,
          sums: sums + part * outputs * inputs, sums_stride: inputs)
        pass.kernels.pointee.outer_sums(&request)
      }
    }
    if layer.biasGradient != nil {
      var request = fovea_column_sums(
        rows: pixels.count, channels: convolution.outputChannels, input: gradient.pointer,
        input_stride: gradient.stride, sums: sums + summedWeights)
      pass.kernels.pointee.column_sums(&request)
    }
  }

  private func sendBack(_ gradient: PixelRun, _ pixels: Range<Int>, _ pass: Pass) {
    guard let target = source.gradient, let packed = backwardWeights else { return }
    for part in 0..<convolution.groups {
      let offset = part * inputs * pass.elementSize
      pass.multiply(
        gradient.skipping(part * outputs, pass), rows: pixels.count, packed, group: part, bias: nil,
        plus: target.residual(pixels.lowerBound).map { $0 + offset }, residualStride: target.residualStride,
        into: target.map.pixel(pixels.lowerBound) + offset, stride: target.map.pixelStride)
    }
  }
}
