import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// out(p, m) = Σ_c map(p, c) · tokens(m, c), image by image; backward: dmap = dout · tokens, dtokens = doutᵀ · map.
final class TokenProductOperation: DifferentiableOperation {
  private let sources: [Source]
  private let output: Output

  init(_ sources: [Source], _ output: Output) {
    self.sources = sources
    self.output = output
  }

  var memory: BackwardMemory { BackwardMemory(sources: [true, true]) }
  private var count: Int { output.map.shape.channels }
  private var channels: Int { sources[0].shape.channels }

  var scratchBytes: Int {
    let padded = count.rounded(toMultipleOf: 32) * channels.rounded(toMultipleOf: 32)
    return padded * 3 * 4 + output.map.shape.tokens * count * output.map.elementSize + 512
  }

  /// The tokens of an image as weights: by channel of the map, or by token.
  private func pack(_ image: Int, byToken: Bool, _ scratch: inout Scratch, _ pass: Pass)
    -> UnsafeMutableRawPointer
  {
    let map = sources[1].map
    let (depth, columns) = byToken ? (count, channels) : (channels, count)
    let granularity = pass.kernels.pointee.depth_granularity
    let memory = scratch.take(
      depth.rounded(toMultipleOf: granularity) * columns.rounded(toMultipleOf: Int(FOVEA_PANEL))
        * pass.elementSize)
    var request = fovea_pack(
      depth: depth, columns: columns, input: map.pixel(image * count), input_is_map: true,
      depth_stride: byToken ? map.pixelStride : 1, column_stride: byToken ? 1 : map.pixelStride,
      output: memory)
    pass.kernels.pointee.pack(&request)
    return memory
  }

  private func multiply(
    _ input: PixelRun, rows: Int, depth: Int, columns: Int, _ weights: UnsafeMutableRawPointer,
    into target: GradientTarget, _ first: Int, _ pass: Pass
  ) {
    var tap = fovea_tap(input: input.pointer, first: 0, depth: depth)
    withUnsafePointer(to: &tap) { tap in
      var request = fovea_product(
        rows: rows, columns: columns, input_stride: input.stride, taps: tap, tap_count: 1, weights: weights,
        weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY, residual: target.residual(first),
        residual_stride: target.residualStride, output: target.map.pixel(first),
        output_stride: target.map.pixelStride)
      pass.kernels.pointee.product(&request)
    }
  }

  func forward(_ pass: Pass) {
    let tokens = output.map.shape.tokens
    output.begin()
    pass.workers.run(groups: output.map.shape.batch) { image, scratch in
      var scratch = scratch
      let weights = pack(image, byToken: false, &scratch, pass)
      let map = sources[0].map
      let input = PixelRun(pointer: UnsafeRawPointer(map.pixel(image * tokens)), stride: map.pixelStride)
      multiply(
        input, rows: tokens, depth: channels, columns: count, weights,
        into: GradientTarget(map: output.map, collected: nil), image * tokens, pass)
    }
    for image in 0..<output.map.shape.batch {
      output.finished(image * tokens..<(image + 1) * tokens, group: 0, pass)
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    output.prepareGradient(pass)
    let tokens = output.map.shape.tokens
    pass.workers.run(groups: output.map.shape.batch) { image, scratch in
      var scratch = scratch
      let first = image * tokens
      let gradient = gradients.rows(
        first..<first + tokens, scratch: scratch.take(tokens * count * pass.elementSize), pass)
      if let target = sources[0].gradient {
        let weights = pack(image, byToken: true, &scratch, pass)
        multiply(gradient, rows: tokens, depth: count, columns: channels, weights, into: target, first, pass)
      }
      guard let target = sources[1].gradient else { return }
      let sums = scratch.floats(count * channels)
      sums.update(repeating: 0, count: count * channels)
      let map = sources[0].map
      var request = fovea_outer_sums(
        rows: tokens, depth: count, columns: channels, input: gradient.pointer, input_stride: gradient.stride,
        gradient: map.pixel(first), gradient_stride: map.pixelStride, sums: sums, sums_stride: channels)
      pass.kernels.pointee.outer_sums(&request)
      let memory = scratch.take(count * channels * pass.elementSize)
      pass.kernels.pointee.convert_from_float(sums, memory, count * channels)
      target.store(memory, image * count..<(image + 1) * count, pass)
    }
  }
}

extension TokenProduct: TrainableOperation {
  var carriesTail: Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    TokenProductOperation(site.sources, site.output)
  }
}
