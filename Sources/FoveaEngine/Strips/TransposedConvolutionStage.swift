import CFoveaKernels
import FoveaGraph

/// A transposed convolution whose kernel is its stride: for each of the k² places under a pixel, a product.
struct TransposedConvolutionStage: RowStage {
  let kernel: Int
  let outputs: Int
  let inputs: Int
  /// k² products, [i][j].
  let products: [PackedProduct]

  init(_ convolution: TransposedConvolution, _ cache: WeightCache) throws {
    kernel = convolution.kernel
    outputs = convolution.outputChannels
    inputs = convolution.inputChannels
    products = try cache.products(convolution)
  }

  var isPointwise: Bool { false }
  func inputRows(for rows: Range<Int>, height: Int) -> Range<Int> { divided(rows) }
  func inputColumns(for columns: Range<Int>, width: Int) -> Range<Int> { divided(columns) }
  private func divided(_ range: Range<Int>) -> Range<Int> {
    range.lowerBound / kernel..<(range.upperBound - 1) / kernel + 1
  }

  func run(_ area: Area, _ maps: StageMaps) {
    for row in area.rows {
      for place in 0..<kernel {
        // The first output column at this place under its pixel, and how many pixels follow.
        let first = (area.columns.lowerBound - place + kernel - 1) / kernel
        let past = (area.columns.upperBound - place + kernel - 1) / kernel
        guard past > first else { continue }
        let product = products[row % kernel * kernel + place]
        var tap = fovea_tap(input: maps.input.pixel(row / kernel, first), first: 0, depth: inputs)
        withUnsafePointer(to: &tap) { tap in
          var request = fovea_product(
            rows: past - first, columns: outputs, input_stride: maps.input.pixelStride, taps: tap,
            tap_count: 1, weights: product.weights.base, weights_depth: product.depth,
            bias: product.bias.map { UnsafePointer($0.floats) }, activation: FOVEA_IDENTITY, residual: nil,
            residual_stride: 0, output: maps.output.pixel(row, first * kernel + place),
            output_stride: kernel * maps.output.pixelStride)
          maps.kernels.pointee.product(&request)
        }
      }
    }
  }
}

/// One of the k² linear layers that a transposed convolution is, as a source of its own parameters.
struct TransposedConvolutionPart: ParameterSource {
  let whole: TransposedConvolution
  let place: Int
  /// The values of the whole's weight.
  let stored: [Float]
  let source: any ParameterSource

  var convolution: Convolution {
    Convolution(
      weight: Parameter(path: whole.weight.path, shape: [whole.outputChannels, whole.inputChannels]),
      bias: whole.bias, inputChannels: whole.inputChannels, outputChannels: whole.outputChannels, kernel: 1,
      stride: 1, padding: 0, groups: 1)
  }

  func values(of parameter: Parameter) throws -> [Float] {
    guard parameter.path == whole.weight.path else { return try source.values(of: parameter) }
    let (places, outputs) = (whole.kernel * whole.kernel, whole.outputChannels)
    return (0..<outputs).flatMap { output in
      (0..<whole.inputChannels).map { input in stored[(input * outputs + output) * places + place] }
    }
  }
}
