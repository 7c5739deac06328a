import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A k×k convolution of any stride, whole or in groups, as implicit matrix products over rows with zeros at both
/// sides: a kernel row is a run of channels-last input.
///
/// Backward: dW adds a row of dy against the runs under it; dx is, for every remainder of a row and a column by
/// the stride, a small convolution of dy with the taps of that remainder.
final class DenseConvolution: DifferentiableOperation {
  let convolution: Convolution
  let source: Source
  let output: Output
  let layer: LayerParameters
  /// Channels of a group.
  let inputs: Int, outputs: Int
  private let bands: Bands
  private let gradientBands: Bands
  private let layout: KernelRuns
  private var filters: Storage?
  private var forwardWeights: PackedWeights?
  private var input: ConvolutionInputGradient?
  private var sums: GroupSums?

  init(_ convolution: Convolution, _ sources: [Source], _ output: Output, _ parameters: OperationParameters) {
    self.convolution = convolution
    source = sources[0]
    self.output = output
    layer = LayerParameters(weight: convolution.weight, bias: convolution.bias, parameters)
    inputs = convolution.inputChannels / convolution.groups
    outputs = convolution.outputChannels / convolution.groups
    let shape = output.map.shape
    bands = Bands(images: shape.batch, height: shape.height)
    gradientBands = Bands(
      images: shape.batch, height: shape.height,
      largestGroups: GroupSums.groups(rows: shape.rows, weights: convolution.weight.count))
    layout = KernelRuns(convolution, isWhole: convolution.groups == 1)
  }

  var memory: BackwardMemory { BackwardMemory(sources: [layer.weightGradient != nil]) }

  /// Zeros beside a row of dy, enough for every tap.
  private var gradientMargin: Int { convolution.kernel }

  var scratchBytes: Int {
    RowRing.bytes(
      source.shape, capacity: convolution.kernel, margin: convolution.padding, elementSize: source.elementSize
    )
      + RowRing.bytes(
        output.map.shape, capacity: convolution.kernel + 1, margin: gradientMargin,
        elementSize: source.elementSize)
      + convolution.kernel * convolution.kernel * MemoryLayout<fovea_tap>.stride + 256
  }

  func plan(_ planner: WorkspacePlanner) {
    let granularity = planner.kernels.pointee.depth_granularity
    let depth = layout.depth(granularity: granularity)
    filters = planner.forward(convolution.groups * depth * outputs * 4)
    forwardWeights = PackedWeights(
      depth: depth, columns: outputs, groups: convolution.groups, kernels: planner.kernels, planner.forward)
    if source.gradient != nil { input = ConvolutionInputGradient(self, planner) }
    if layer.isTrained {
      let count = convolution.weight.count + convolution.outputChannels
      sums = GroupSums(groups: gradientBands.groups, count: count, planner.backward)
    }
  }

  /// (O, I, ky, kx) → [group][depth][O / groups], every run rounded up to the kernels' granularity.
  private func pack(_ packed: PackedWeights, _ target: UnsafeMutablePointer<Float>, _ pass: Pass) {
    let granularity = pass.kernels.pointee.depth_granularity
    let area = convolution.kernel * convolution.kernel
    let groupSize = packed.depth * outputs
    target.update(repeating: 0, count: convolution.groups * groupSize)
    for channel in 0..<convolution.outputChannels {
      let base = target + channel / outputs * groupSize + channel % outputs
      for tap in 0..<area {
        let position = layout.position(tap: tap, granularity: granularity)
        for c in 0..<inputs {
          base[(position + c) * outputs] = layer.weight[(channel * inputs + c) * area + tap]
        }
      }
    }
    packed.pack(target, depthStride: outputs, columnStride: 1, groupStride: groupSize, pass)
  }

  func forward(_ pass: Pass) {
    guard let packed = forwardWeights, let filters else { return }
    pack(packed, filters.floats, pass)
    output.begin()
    let shape = output.map.shape
    pass.workers.run(groups: bands.groups) { group, scratch in
      for item in bands.items(of: group) {
        var scratch = scratch
        let image = bands.image(of: item)
        var ring = RowRing(
          source, image: image, capacity: convolution.kernel, margin: convolution.padding, &scratch, pass)
        let taps = layout.buffer(&scratch)
        for y in bands.share(of: item, shape.height) {
          let first = (image * shape.height + y) * shape.width
          for part in 0..<convolution.groups {
            let count = layout.fill(taps, &ring, under: y, group: part, pass)
            pass.multiply(
              UnsafeBufferPointer(rebasing: taps[..<count]), inputStride: convolution.stride * ring.stride,
              rows: shape.width, packed, group: part, bias: layer.bias.map { $0 + part * outputs },
              into: output.map.pixel(first) + part * outputs * pass.elementSize,
              stride: output.map.pixelStride)
          }
          output.finished(first..<first + shape.width, group: group, pass)
        }
      }
    }
    output.complete(pass)
  }
}

extension DenseConvolution {
  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    input?.pack(pass)
    pass.workers.run(groups: gradientBands.groups) { group, scratch in
      sums?.clear(group)
      for item in gradientBands.items(of: group) {
        var scratch = scratch
        let image = gradientBands.image(of: item)
        var inputs = RowRing(
          source, image: image, capacity: convolution.kernel, margin: convolution.padding, &scratch, pass)
        var ring = RowRing(
          gradients, image: image, capacity: convolution.kernel + 1, margin: gradientMargin, &scratch, pass)
        let taps = layout.buffer(&scratch)
        let own = gradientBands.share(of: item, source.shape.height)
        var next = own.lowerBound
        for y in gradientBands.share(of: item, output.map.shape.height) {
          addWeights(&inputs, &ring, y, group, taps, pass)
          let ready = min(own.upperBound, (y + 1) * convolution.stride - convolution.padding)
          while next < ready {
            input?.run(&ring, margin: gradientMargin, next, image, taps, pass)
            next += 1
          }
        }
        while next < own.upperBound {
          input?.run(&ring, margin: gradientMargin, next, image, taps, pass)
          next += 1
        }
      }
    }
    mergeSums(pass)
  }

  /// sums[group][ky, kx, c][o] += Σ_x input under (y, x) · dy(y, x).
  private func addWeights(
    _ rows: inout RowRing, _ ring: inout RowRing, _ y: Int, _ group: Int,
    _ taps: UnsafeMutableBufferPointer<fovea_tap>, _ pass: Pass
  ) {
    guard let sums = sums?.sums(group), let row = ring.row(y) else { return }
    let gradient = PixelRun(
      pointer: row + gradientMargin * output.map.shape.channels * pass.elementSize, stride: ring.stride)
    if layer.weightGradient != nil {
      for part in 0..<convolution.groups {
        let count = layout.fill(taps, &rows, under: y, group: part, pass)
        for tap in taps[..<count] {
          let position =
            part * convolution.weight.count / convolution.groups
            + layout.unpadded(Int(tap.first), pass) * outputs
          var request = fovea_outer_sums(
            rows: output.map.shape.width, depth: tap.depth, columns: outputs, input: tap.input,
            input_stride: convolution.stride * rows.stride,
            gradient: gradient.skipping(part * outputs, pass).pointer, gradient_stride: gradient.stride,
            sums: sums + position, sums_stride: outputs)
          pass.kernels.pointee.outer_sums(&request)
        }
      }
    }
    if layer.biasGradient != nil {
      var request = fovea_column_sums(
        rows: output.map.shape.width, channels: convolution.outputChannels, input: gradient.pointer,
        input_stride: gradient.stride, sums: sums + convolution.weight.count)
      pass.kernels.pointee.column_sums(&request)
    }
  }

  /// [group][ky, kx, c][o] → (O, I, ky, kx).
  private func mergeSums(_ pass: Pass) {
    guard let totals = sums?.total(pass) else { return }
    let area = convolution.kernel * convolution.kernel
    if let weightGradient = layer.weightGradient {
      for channel in 0..<convolution.outputChannels {
        let base = totals + channel / outputs * area * inputs * outputs + channel % outputs
        for tap in 0..<area {
          for c in 0..<inputs {
            weightGradient[(channel * inputs + c) * area + tap] += base[(tap * inputs + c) * outputs]
          }
        }
      }
    }
    if let biasGradient = layer.biasGradient {
      for channel in 0..<convolution.outputChannels {
        biasGradient[channel] += totals[convolution.weight.count + channel]
      }
    }
  }
}

extension Convolution: TrainableOperation {
  var carriesTail: Bool { true }
  func readsThroughTails(_ unit: Unit) -> Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    if isPointwise { return PointwiseConvolution(self, site.sources, site.output, site.parameters) }
    if isDepthwise { return DepthwiseConvolution(self, site.sources, site.output, site.parameters) }
    return DenseConvolution(self, site.sources, site.output, site.parameters)
  }
}
