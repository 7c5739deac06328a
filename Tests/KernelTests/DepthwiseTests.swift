import CFoveaKernels
import Testing

/// A row of a depthwise convolution over poisoned memory, with float64 answers.
private struct DepthwiseCase {
  var width: Int, channels: Int, kernel: Int, stride: Int, padding: Int
  var missing: Set<Int> = []
  var activation = FOVEA_IDENTITY
  var bias = true, residual = false, inPlace = false
  var biasSize: Float = 1

  var name: String {
    "\(kernel)×\(kernel)/\(stride) padded \(padding) of \(width)×\(channels), rows \(missing) missing"
  }

  func run(on table: KernelTable, _ kernels: fovea_kernels) {
    let outputWidth = (width + 2 * padding - kernel) / stride + 1
    guard width + 2 * padding >= kernel else { return }
    let arena = Arena()
    var noise = Noise(width &* 7 &+ channels)
    let rows = (0..<kernel).map { _ in
      arena.map(
        noise.floats(width * channels), rows: width, channels: channels, stride: channels + 3, table.precision
      )
    }
    let weights = noise.floats(kernel * kernel * channels)
    let biases = noise.floats(channels).map { $0 * biasSize }
    let residuals = noise.floats(outputWidth * channels).map { rounded($0, table.precision) }
    let output = arena.output(rows: outputWidth, channels: channels, stride: channels + 1, table.precision)
    let residualMap =
      inPlace
      ? output
      : arena.map(
        residuals, rows: outputWidth, channels: channels, stride: channels, table.precision)
    if inPlace {
      for x in 0..<outputWidth { for c in 0..<channels { output[x, c] = residuals[x * channels + c] } }
    }
    let pointers = (0..<kernel).map { missing.contains($0) ? nil : UnsafeRawPointer(rows[$0].start) }
    pointers.withUnsafeBufferPointer { pointers in
      var op = fovea_depthwise()
      (op.output_width, op.channels, op.input_width) = (outputWidth, channels, width)
      (op.kernel_height, op.kernel_width, op.stride, op.padding) = (kernel, kernel, stride, padding)
      (op.rows, op.input_stride) = (pointers.baseAddress, rows[0].stride)
      op.weights = UnsafePointer(arena.floats(weights))
      op.bias = bias ? UnsafePointer(arena.floats(biases)) : nil
      op.activation = activation
      op.residual = residual ? UnsafeRawPointer(residualMap.start) : nil
      op.residual_stride = residualMap.stride
      (op.output, op.output_stride) = (output.start, output.stride)
      kernels.depthwise?(&op)
    }
    expectAgreement(output, name, roundoff: table.roundoff * 1.01) { x, c in
      var sum = bias ? Double(biases[c]) : 0, size = abs(sum)
      for ky in 0..<kernel where !missing.contains(ky) {
        for kx in 0..<kernel {
          let column = x * stride + kx - padding
          guard column >= 0, column < width else { continue }
          let term = rows[ky].double(column, c) * Double(weights[(ky * kernel + kx) * channels + c])
          sum += term
          size += abs(term)
        }
      }
      let y = activated(activation, sum), extra = residual ? Double(residuals[x * channels + c]) : 0
      let rounding = 0x1p-23 * Double(kernel * kernel + 4) * size * 1.5
      let tolerance =
        rounding + activationTolerance(activation, sum, table.precision) + 0x1p-23 * (abs(y) + abs(extra))
      return Expected(value: y + extra, tolerance: tolerance)
    }
    withExtendedLifetime(arena) {}
  }
}

@Suite struct DepthwiseTests {
  @Test(
    "A depthwise row equals its float64 sums at every width, kernel and stride", arguments: KernelTable.all)
  func shapes(table: KernelTable) throws {
    let kernels = try table.supported()
    for kernel in [1, 2, 3, 4, 5, 7, 9] {
      for stride in [1, 2, 3] {
        for width in [1, 2, 3, 5, 8, 11, 23] {
          for channels in [1, 3, 8, 17, 32] {
            DepthwiseCase(
              width: width, channels: channels, kernel: kernel, stride: stride, padding: kernel / 2
            )
            .run(on: table, kernels)
          }
        }
      }
    }
  }

  @Test("Rows outside of the map count as zeros", arguments: KernelTable.all)
  func missingRows(table: KernelTable) throws {
    let kernels = try table.supported()
    for missing: Set<Int> in [[0], [2], [0, 1], [0, 1, 2]] {
      for padding in 0...2 {
        DepthwiseCase(width: 13, channels: 19, kernel: 3, stride: 1, padding: padding, missing: missing)
          .run(on: table, kernels)
      }
    }
  }

  @Test("Pixels that see nothing but padding hold the bias", arguments: KernelTable.all)
  func widePadding(table: KernelTable) throws {
    let kernels = try table.supported()
    for kernel in [1, 3, 5, 7] {
      for width in [1, 2, 9] {
        for channels in [5, 16, 70] {
          DepthwiseCase(width: width, channels: channels, kernel: kernel, stride: 1, padding: kernel + 9)
            .run(on: table, kernels)
        }
      }
    }
  }

  @Test("The epilogue applies any activation, then adds the residual", arguments: KernelTable.all)
  func epilogues(table: KernelTable) throws {
    let kernels = try table.supported()
    for activation in activations {
      for (bias, residual, inPlace) in [(false, false, false), (true, true, false), (true, true, true)] {
        DepthwiseCase(
          width: 21, channels: 20, kernel: 3, stride: 1, padding: 1, activation: activation, bias: bias,
          residual: residual, inPlace: inPlace
        ).run(on: table, kernels)
      }
      // sums on both sides of every bend
      DepthwiseCase(
        width: 21, channels: 84, kernel: 3, stride: 1, padding: 1, activation: activation, biasSize: 9
      ).run(on: table, kernels)
    }
  }
}
