import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A transposed convolution whose kernel is its stride: every kernel pixel is a 1×1 convolution to pixels a stride
/// apart; backward gathers dx from all of them as one product.
final class TransposedConvolutionOperation: DifferentiableOperation {
  private let convolution: TransposedConvolution
  private let source: Source
  private let output: Output
  private let layer: LayerParameters
  private let bands: Bands
  private var forwardWeights: PackedWeights?
  private var backwardWeights: PackedWeights?
  private var filters: Storage?
  private var sums: GroupSums?

  init(
    _ convolution: TransposedConvolution, _ sources: [Source], _ output: Output,
    _ parameters: OperationParameters
  ) {
    self.convolution = convolution
    source = sources[0]
    self.output = output
    layer = LayerParameters(weight: convolution.weight, bias: convolution.bias, parameters)
    bands = Bands(images: source.shape.batch, height: source.shape.height)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [true]) }
  private var taps: Int { convolution.kernel * convolution.kernel }
  private var inputs: Int { convolution.inputChannels }
  private var outputs: Int { convolution.outputChannels }
  /// Positions of the reduction of one kernel pixel in backward.
  private func tapDepth(_ kernels: UnsafePointer<fovea_kernels>) -> Int {
    outputs.rounded(toMultipleOf: kernels.pointee.depth_granularity)
  }

  var scratchBytes: Int {
    let shape = output.map.shape
    return (source.shape.width * inputs + convolution.kernel * shape.width * outputs) * source.elementSize
      + taps * MemoryLayout<fovea_tap>.stride + 512
  }

  func plan(_ planner: WorkspacePlanner) {
    forwardWeights = PackedWeights(
      depth: inputs, columns: outputs, groups: taps, kernels: planner.kernels, planner.forward)
    let depth = taps * tapDepth(planner.kernels)
    backwardWeights = PackedWeights(depth: depth, columns: inputs, kernels: planner.kernels, planner.backward)
    filters = planner.backward(depth * inputs * 4)
    sums = GroupSums(
      groups: bands.groups, count: taps * inputs * outputs + outputs, planner.backward)
  }

  /// The output's first pixel under a kernel pixel of an input row.
  private func target(_ image: Int, _ y: Int, _ tap: Int) -> Int {
    let (kernel, shape) = (convolution.kernel, output.map.shape)
    return (image * shape.height + y * kernel + tap / kernel) * shape.width + tap % kernel
  }

  func forward(_ pass: Pass) {
    guard let packed = forwardWeights else { return }
    packed.pack(layer.weight, depthStride: outputs * taps, columnStride: taps, groupStride: 1, pass)
    output.begin()
    let shape = source.shape
    pass.workers.run(groups: bands.groups) { group, scratch in
      for item in bands.items(of: group) {
        var scratch = scratch
        let image = bands.image(of: item)
        let memory = scratch.take(shape.width * inputs * pass.elementSize)
        for y in bands.share(of: item, shape.height) {
          let first = (image * shape.height + y) * shape.width
          let input = source.rows(first..<first + shape.width, scratch: memory, pass)
          for tap in 0..<taps {
            pass.multiply(
              input, rows: shape.width, packed, group: tap, bias: layer.bias,
              into: output.map.pixel(target(image, y, tap)),
              stride: convolution.kernel * output.map.pixelStride)
          }
          let start = target(image, y, 0)
          output.finished(
            start..<start + convolution.kernel * output.map.shape.width, group: group, pass)
        }
      }
    }
    output.complete(pass)
  }

  /// (I, O, k, k) → [tap][O][I], every tap rounded up.
  private func packBackward(_ pass: Pass) {
    guard let packed = backwardWeights, let filters = filters?.floats else { return }
    let depth = tapDepth(pass.kernels)
    filters.update(repeating: 0, count: packed.depth * inputs)
    for tap in 0..<taps {
      for o in 0..<outputs {
        for c in 0..<inputs {
          filters[(tap * depth + o) * inputs + c] = layer.weight[(c * outputs + o) * taps + tap]
        }
      }
    }
    packed.pack(filters, depthStride: inputs, columnStride: 1, pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let sums else { return }
    output.prepareGradient(pass)
    packBackward(pass)
    let shape = source.shape
    pass.workers.run(groups: bands.groups) { group, scratch in
      sums.clear(group)
      for item in bands.items(of: group) {
        for y in bands.share(of: item, shape.height) {
          sendBack(bands.image(of: item), y, gradients, sums.sums(group), scratch, pass)
        }
      }
    }
    mergeSums(pass)
  }

  private func sendBack(
    _ image: Int, _ y: Int, _ gradients: OutputGradient, _ sums: UnsafeMutablePointer<Float>,
    _ scratch: Scratch, _ pass: Pass
  ) {
    var scratch = scratch
    let (kernel, shape, wide) = (convolution.kernel, source.shape, output.map.shape)
    let first = (image * shape.height + y) * shape.width
    let input = source.rows(
      first..<first + shape.width, scratch: scratch.take(shape.width * inputs * pass.elementSize), pass)
    let start = target(image, y, 0)
    let rows = start..<start + kernel * wide.width
    let gradient = gradients.rows(
      rows, scratch: scratch.take(rows.count * outputs * pass.elementSize), pass)
    let memory = scratch.take(taps * MemoryLayout<fovea_tap>.stride)
      .bindMemory(to: fovea_tap.self, capacity: taps)
    for tap in 0..<taps {
      let pixel = tap / kernel * wide.width + tap % kernel
      let run = gradient.pointer + pixel * gradient.stride * pass.elementSize
      memory[tap] = fovea_tap(input: run, first: tap * tapDepth(pass.kernels), depth: outputs)
      var request = fovea_outer_sums(
        rows: shape.width, depth: inputs, columns: outputs, input: input.pointer, input_stride: input.stride,
        gradient: run, gradient_stride: kernel * gradient.stride, sums: sums + tap * inputs * outputs,
        sums_stride: outputs)
      pass.kernels.pointee.outer_sums(&request)
    }
    var request = fovea_column_sums(
      rows: rows.count, channels: outputs, input: gradient.pointer, input_stride: gradient.stride,
      sums: sums + taps * inputs * outputs)
    pass.kernels.pointee.column_sums(&request)
    guard let target = source.gradient, let packed = backwardWeights else { return }
    pass.multiply(
      UnsafeBufferPointer(start: memory, count: taps), inputStride: kernel * gradient.stride,
      rows: shape.width,
      packed, bias: nil, plus: target.residual(first), residualStride: target.residualStride,
      into: target.map.pixel(first), stride: target.map.pixelStride)
  }

  /// [tap][I][O] → (I, O, k, k).
  private func mergeSums(_ pass: Pass) {
    guard let totals = sums?.total(pass) else { return }
    if let weightGradient = layer.weightGradient {
      for tap in 0..<taps {
        for pair in 0..<inputs * outputs {
          weightGradient[pair * taps + tap] += totals[tap * inputs * outputs + pair]
        }
      }
    }
    if let biasGradient = layer.biasGradient {
      for o in 0..<outputs { biasGradient[o] += totals[taps * inputs * outputs + o] }
    }
  }
}

extension TransposedConvolution: TrainableOperation {
  var carriesTail: Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    TransposedConvolutionOperation(self, site.sources, site.output, site.parameters)
  }
}
