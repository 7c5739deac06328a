import CFoveaKernels
import FoveaGraph

extension PackedProduct {
  /// Packs a convolution: the reduction runs over kernel rows, each kw·I consecutive positions rounded up to
  /// the kernels' granularity, as channels-last input has them.
  ///
  /// Groups of a pointwise convolution that together fit into one step of the depth become one, with zeros
  /// where they do not meet: the step takes as long for one of them (the aggregations of EfficientViT-B1 at
  /// 1024², by matrix tiles: 4.1 → 3.7 ms).
  init(
    _ convolution: Convolution, norm: BatchNorm?, source: any ParameterSource,
    kernels: UnsafePointer<fovea_kernels>, memory: BufferSlabs
  ) throws {
    let folded = try FoldedConvolution(convolution, norm: norm, source)
    let granularity = kernels.pointee.depth_granularity
    let kernel = convolution.kernel
    let merged = convolution.isPointwise ? Self.groupsOfAStep(convolution, granularity: granularity) : 1
    let groups = convolution.groups / merged
    let groupInputs = convolution.inputChannels / groups
    let groupOutputs = convolution.outputChannels / groups
    let rowDepth = ConvolutionStage.rowDepth(kernel: kernel, channels: groupInputs, granularity: granularity)
    let elementSize = kernels.pointee.precision == FOVEA_FLOAT32 ? 4 : 2
    depth = rowDepth * kernel
    columns = groupOutputs
    panelBytes = depth.rounded(toMultipleOf: granularity) * Int(FOVEA_PANEL) * elementSize
    groupBytes = (groupOutputs + Int(FOVEA_PANEL) - 1) / Int(FOVEA_PANEL) * panelBytes
    weights = try memory.buffer(byteCount: groupBytes * groups)
    bias = try folded.bias.map { try AlignedBuffer($0, padded: $0.count.rounded(toMultipleOf: 16)) }

    let filters =
      kernel == 1
      ? Self.blockDiagonal(folded.weight, convolution, merged: merged)
      : Self.reordered(folded.weight, convolution, rowDepth: rowDepth)
    filters.withUnsafeBufferPointer { filters in
      for group in 0..<groups {
        var request = fovea_pack(
          depth: depth, columns: groupOutputs,
          input: filters.baseAddress.map { $0 + group * groupOutputs * depth }, input_is_map: false,
          depth_stride: 1, column_stride: depth, output: weights.base + group * groupBytes)
        kernels.pointee.pack(&request)
      }
    }
  }

  private static func groupsOfAStep(_ convolution: Convolution, granularity: Int) -> Int {
    let most = granularity * convolution.groups / convolution.inputChannels
    return (1...max(1, min(most, convolution.groups))).last { convolution.groups.isMultiple(of: $0) } ?? 1
  }

  /// Pointwise filters (O, I / groups) as (O, I / groups · merged), zero but for the output's own group.
  private static func blockDiagonal(_ weight: [Float], _ convolution: Convolution, merged: Int) -> [Float] {
    guard merged > 1 else { return weight }
    let inputs = convolution.inputChannels / convolution.groups
    let outputs = convolution.outputChannels / convolution.groups
    var filters = [Float](repeating: 0, count: weight.count * merged)
    for output in 0..<convolution.outputChannels {
      let target = (output * merged + output / outputs % merged) * inputs
      for input in 0..<inputs { filters[target + input] = weight[output * inputs + input] }
    }
    return filters
  }

  /// Filters (O, I, ky, kx) as (O, ky, kx, I), each kernel row padded with zeros to `rowDepth`.
  private static func reordered(_ weight: [Float], _ convolution: Convolution, rowDepth: Int) -> [Float] {
    let (kernel, inputs) = (convolution.kernel, convolution.inputChannels / convolution.groups)
    let taps = kernel * kernel
    var filters = [Float](repeating: 0, count: convolution.outputChannels * kernel * rowDepth)
    weight.withUnsafeBufferPointer { weight in
      filters.withUnsafeMutableBufferPointer { filters in
        for output in 0..<convolution.outputChannels {
          for tap in 0..<taps {
            let target = (output * kernel + tap / kernel) * rowDepth + tap % kernel * inputs
            let source = output * inputs * taps + tap
            for input in 0..<inputs { filters[target + input] = weight[source + input * taps] }
          }
        }
      }
    }
    return filters
  }
}

extension PackedDepthwise {
  /// Packs a depthwise convolution, its shared kernels repeated.
  init(_ convolution: Convolution, norm: BatchNorm?, source: any ParameterSource) throws {
    let folded = try FoldedConvolution(convolution, norm: norm, source)
    let channels = convolution.outputChannels
    let taps = convolution.kernel * convolution.kernel
    var ordered = [Float](repeating: 0, count: channels * taps)
    for channel in 0..<channels {
      for tap in 0..<taps { ordered[tap * channels + channel] = folded.weight[channel * taps + tap] }
    }
    weights = try AlignedBuffer(ordered)
    bias = try folded.bias.map { try AlignedBuffer($0) }
  }

  /// A batch norm that nothing folds: a depthwise convolution of one tap.
  init(_ norm: BatchNorm, source: any ParameterSource) throws {
    let affine = try ChannelAffine(norm, source)
    weights = try AlignedBuffer(affine.factor)
    bias = try AlignedBuffer(affine.summand)
  }
}
