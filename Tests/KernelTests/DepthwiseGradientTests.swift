import CFoveaKernels
import Testing

/// One row of gradients of a depthwise convolution over poisoned memory, with float64 answers.
private struct DepthwiseGradientCase {
  var width: Int, channels: Int, kernel: Int, stride: Int, padding: Int
  var missing: Set<Int> = []

  var outputWidth: Int { (width + 2 * padding - kernel) / stride + 1 }
  var name: String {
    "\(kernel)×\(kernel)/\(stride) padded \(padding) of \(width)×\(channels), rows \(missing) missing"
  }

  /// The tap kx sees input column i from output column x.
  private func column(_ x: Int, _ kx: Int) -> Int? {
    let column = x * stride + kx - padding
    return (0..<width).contains(column) ? column : nil
  }

  func runSums(on table: KernelTable, _ kernels: fovea_kernels) {
    guard width + 2 * padding >= kernel else { return }
    let arena = Arena()
    var noise = Noise(width &* 7 &+ channels)
    let rows = (0..<kernel).map { _ in
      arena.map(
        noise.floats(width * channels), rows: width, channels: channels, stride: channels + 3, table.precision
      )
    }
    let gradient = arena.map(
      noise.floats(outputWidth * channels), rows: outputWidth, channels: channels, stride: channels + 1,
      table.precision)
    let held = noise.floats(kernel * kernel * channels)
    let sums = arena.map(
      held, rows: kernel * kernel, channels: channels, stride: channels, FOVEA_FLOAT32)
    let pointers = (0..<kernel).map { missing.contains($0) ? nil : UnsafeRawPointer(rows[$0].start) }
    pointers.withUnsafeBufferPointer { pointers in
      var op = fovea_depthwise_sums()
      (op.output_width, op.channels, op.input_width) = (outputWidth, channels, width)
      (op.kernel_height, op.kernel_width, op.stride, op.padding) = (kernel, kernel, stride, padding)
      (op.rows, op.input_stride) = (pointers.baseAddress, rows[0].stride)
      (op.gradient, op.gradient_stride) = (UnsafeRawPointer(gradient.start), gradient.stride)
      op.sums = sums.start.assumingMemoryBound(to: Float.self)
      kernels.depthwise_sums?(&op)
    }
    expectAgreement(sums, name) { tap, c in
      let (ky, kx) = (tap / kernel, tap % kernel)
      var sum = Double(held[tap * channels + c]), size = abs(sum)
      for x in 0..<outputWidth where !missing.contains(ky) {
        guard let column = column(x, kx) else { continue }
        let term = rows[ky].double(column, c) * gradient.double(x, c)
        sum += term
        size += abs(term)
      }
      return Expected(value: sum, tolerance: 0x1p-24 * Double(outputWidth + 4) * size)
    }
    withExtendedLifetime(arena) {}
  }

  func runInput(on table: KernelTable, _ kernels: fovea_kernels, residual: Bool, inPlace: Bool) {
    guard width + 2 * padding >= kernel else { return }
    let arena = Arena()
    var noise = Noise(width &* 7 &+ channels)
    let rows = (0..<kernel).map { _ in
      arena.map(
        noise.floats(outputWidth * channels), rows: outputWidth, channels: channels, stride: channels + 3,
        table.precision)
    }
    let weights = noise.floats(kernel * kernel * channels)
    let residuals = noise.floats(width * channels).map { rounded($0, table.precision) }
    let fresh = arena.output(rows: width, channels: channels, stride: channels + 1, table.precision)
    let other = arena.map(residuals, rows: width, channels: channels, stride: channels + 2, table.precision)
    let output = inPlace ? other : fresh
    let pointers = (0..<kernel).map { missing.contains($0) ? nil : UnsafeRawPointer(rows[$0].start) }
    pointers.withUnsafeBufferPointer { pointers in
      var op = fovea_depthwise_input_gradient()
      (op.output_width, op.channels, op.input_width) = (outputWidth, channels, width)
      (op.kernel_height, op.kernel_width, op.stride, op.padding) = (kernel, kernel, stride, padding)
      (op.gradients, op.gradient_stride) = (pointers.baseAddress, rows[0].stride)
      op.weights = UnsafePointer(arena.floats(weights))
      op.residual = residual ? UnsafeRawPointer(other.start) : nil
      op.residual_stride = other.stride
      (op.output, op.output_stride) = (output.start, output.stride)
      kernels.depthwise_input_gradient?(&op)
    }
    // Scattered as the forward convolution gathers.
    var sums = [Double](repeating: 0, count: width * channels), sizes = sums
    for ky in 0..<kernel where !missing.contains(ky) {
      for x in 0..<outputWidth {
        for kx in 0..<kernel {
          guard let column = column(x, kx) else { continue }
          for c in 0..<channels {
            let term = rows[ky].double(x, c) * Double(weights[(ky * kernel + kx) * channels + c])
            sums[column * channels + c] += term
            sizes[column * channels + c] += abs(term)
          }
        }
      }
    }
    expectAgreement(output, name, roundoff: table.roundoff * 1.01) { i, c in
      let at = i * channels + c, extra = residual ? Double(residuals[at]) : 0
      let tolerance = 0x1p-24 * Double(kernel * kernel + 4) * sizes[at]
      return Expected(value: sums[at] + extra, tolerance: tolerance + 0x1p-23 * abs(extra))
    }
    withExtendedLifetime(arena) {}
  }
}

@Suite struct DepthwiseGradientTests {
  private func cases() -> [DepthwiseGradientCase] {
    var cases: [DepthwiseGradientCase] = []
    for kernel in [1, 2, 3, 4, 5, 7, 9] {
      for stride in [1, 2, 3] {
        for width in [1, 2, 3, 5, 8, 11, 23] {
          for channels in [1, 3, 8, 17, 32, 70] {
            cases.append(
              DepthwiseGradientCase(
                width: width, channels: channels, kernel: kernel, stride: stride, padding: kernel / 2))
          }
        }
      }
    }
    for missing: Set<Int> in [[0], [2], [0, 1], [0, 1, 2]] {
      for padding in [0, 1, 2, 12] {
        for stride in [1, 2] {
          cases.append(
            DepthwiseGradientCase(
              width: 13, channels: 19, kernel: 3, stride: stride, padding: padding, missing: missing))
        }
      }
    }
    return cases
  }

  @Test(
    "Weight gradients equal their float64 sums at every width, kernel and stride", arguments: KernelTable.all)
  func weights(table: KernelTable) throws {
    let kernels = try table.supported()
    for one in cases() { one.runSums(on: table, kernels) }
  }

  @Test(
    "A gradient reaches the input through the taps that saw it, and joins the residual",
    arguments: KernelTable.all)
  func input(table: KernelTable) throws {
    let kernels = try table.supported()
    for (i, one) in cases().enumerated() {
      one.runInput(on: table, kernels, residual: i % 3 > 0, inPlace: i % 3 == 2)
    }
  }
}
