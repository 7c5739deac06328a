import CFoveaKernels
import FoveaGraph

extension PackedProduct {
  /// Packs a convolution: the reduction runs over kernel rows, each kw·I consecutive positions rounded up to
  /// the kernels' granularity, as channels-last input has them.
  init(
    _ convolution: Convolution, norm: BatchNorm?, source: any ParameterSource,
    kernels: UnsafePointer<fovea_kernels>
  ) throws {
    let folded = try FoldedConvolution(convolution, norm: norm, source)
    let granularity = kernels.pointee.depth_granularity
    let (kernel, groups) = (convolution.kernel, convolution.groups)
    let groupInputs = convolution.inputChannels / groups
    let groupOutputs = convolution.outputChannels / groups
    let rowDepth = ConvolutionStage.rowDepth(kernel: kernel, channels: groupInputs, granularity: granularity)
    let elementSize = kernels.pointee.precision == FOVEA_FLOAT32 ? 4 : 2
    depth = rowDepth * kernel
    columns = groupOutputs
    panelBytes = depth.rounded(toMultipleOf: granularity) * Int(FOVEA_PANEL) * elementSize
    groupBytes = (groupOutputs + Int(FOVEA_PANEL) - 1) / Int(FOVEA_PANEL) * panelBytes
    weights = try AlignedBuffer(byteCount: groupBytes * groups)
    bias = try folded.bias.map { try AlignedBuffer($0, padded: $0.count.rounded(toMultipleOf: 16)) }

    var matrix = [Float](repeating: 0, count: depth * groupOutputs)
    for group in 0..<groups {
      for output in 0..<groupOutputs {
        let filter = (group * groupOutputs + output) * groupInputs * kernel * kernel
        for ky in 0..<kernel {
          for kx in 0..<kernel {
            for input in 0..<groupInputs {
              matrix[(ky * rowDepth + kx * groupInputs + input) * groupOutputs + output] =
                folded.weight[filter + (input * kernel + ky) * kernel + kx]
            }
          }
        }
      }
      let packed = weights.base + group * groupBytes
      matrix.withUnsafeBufferPointer { matrix in
        var request = fovea_pack(
          depth: depth, columns: groupOutputs, input: matrix.baseAddress, input_is_map: false,
          depth_stride: groupOutputs, column_stride: 1, output: packed)
        kernels.pointee.pack(&request)
      }
    }
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
