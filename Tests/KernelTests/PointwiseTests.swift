import CFoveaKernels
import Testing

@Suite struct PointwiseTests {
  private let sizes = [1, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67]

  @Test("Every activation follows its definition over the whole range", arguments: KernelTable.all)
  func activate(table: KernelTable) throws {
    let kernels = try table.supported()
    var inputs = (-4000...4000).map { Float($0) / 160 }
    inputs += [-0.0, 1e-30, -1e-30, 60, -60, 100, -100, 1e4, -1e4, 5.25, -5.25, 3, -3, 6]
    for activation in activations {
      for channels in sizes {
        let rows = inputs.count / channels
        let arena = Arena()
        let input = arena.map(inputs, rows: rows, channels: channels, stride: channels + 2, table.precision)
        let output = arena.output(rows: rows, channels: channels, stride: channels + 1, table.precision)
        var op = fovea_activate()
        (op.rows, op.channels, op.activation) = (rows, channels, activation)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.output, op.output_stride) = (output.start, output.stride)
        kernels.activate?(&op)
        expectAgreement(output, "\(activation)", roundoff: table.roundoff * 1.01) { r, c in
          let x = input.double(r, c)
          return Expected(
            value: activated(activation, x),
            tolerance: activationTolerance(activation, x, table.precision) + 1e-37)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("A NaN comes through every activation", arguments: KernelTable.all)
  func activateNaN(table: KernelTable) throws {
    let kernels = try table.supported()
    for activation in activations {
      let arena = Arena()
      let map = arena.map(
        [Float](repeating: .nan, count: 21), rows: 1, channels: 21, stride: 21, table.precision)
      var op = fovea_activate()
      (op.rows, op.channels, op.activation) = (1, 21, activation)
      (op.input, op.input_stride, op.output, op.output_stride) = (
        UnsafeRawPointer(map.start), 21, map.start, 21
      )
      kernels.activate?(&op)
      #expect(map.values.allSatisfy { $0.isNaN }, "\(activation)")
      withExtendedLifetime(arena) {}
    }
  }

  @Test("Maps add and multiply, and a stride of 0 repeats a row", arguments: KernelTable.all)
  func combine(table: KernelTable) throws {
    let kernels = try table.supported()
    for combination in [FOVEA_ADD, FOVEA_MULTIPLY] {
      for channels in sizes {
        for repeated in [false, true] {
          let arena = Arena(), rows = 5
          var noise = Noise(channels)
          let left = arena.map(
            noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 3,
            table.precision)
          let right = arena.map(
            noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 1,
            table.precision)
          let output = arena.output(rows: rows, channels: channels, stride: channels + 2, table.precision)
          var op = fovea_combine()
          (op.rows, op.channels, op.combination) = (rows, channels, combination)
          (op.left, op.left_stride) = (UnsafeRawPointer(left.start), left.stride)
          (op.right, op.right_stride) = (UnsafeRawPointer(right.start), repeated ? 0 : right.stride)
          (op.output, op.output_stride) = (output.start, output.stride)
          kernels.combine?(&op)
          expectAgreement(output, "\(channels)", roundoff: table.roundoff * 1.01) { r, c in
            let (a, b) = (left.double(r, c), right.double(repeated ? 0 : r, c))
            return Expected(value: combination == FOVEA_ADD ? a + b : a * b, tolerance: 0x1p-24 * 2)
          }
          withExtendedLifetime(arena) {}
        }
      }
    }
  }

  @Test("Column sums add to what the sums hold", arguments: KernelTable.all)
  func columnSums(table: KernelTable) throws {
    let kernels = try table.supported()
    for channels in sizes + [128, 131] {
      let arena = Arena(), rows = 37
      var noise = Noise(channels)
      let input = arena.map(
        noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 3, table.precision)
      let before = noise.floats(channels)
      let sums = arena.map(before, rows: 1, channels: channels, stride: channels, FOVEA_FLOAT32)
      var op = fovea_column_sums()
      (op.rows, op.channels) = (rows, channels)
      (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
      op.sums = sums.start.assumingMemoryBound(to: Float.self)
      kernels.column_sums?(&op)
      expectAgreement(sums, "\(channels)") { _, c in
        let terms = (0..<rows).map { input.double($0, c) } + [Double(before[c])]
        return Expected(
          value: terms.reduce(0, +), tolerance: 0x1p-24 * Double(rows) * terms.reduce(0) { $0 + abs($1) })
      }
      withExtendedLifetime(arena) {}
    }
  }

  @Test("The first greatest channel wins, and none beside NaN", arguments: KernelTable.all)
  func argmax(table: KernelTable) throws {
    let kernels = try table.supported()
    for channels in sizes + [150, 1000] {
      var noise = Noise(channels)
      var rows = (0..<40).map { _ in noise.floats(channels).map { ($0 * 9).rounded() } }
      rows.append([Float](repeating: .nan, count: channels))
      rows.append([Float](repeating: -.infinity, count: channels))
      rows.append([.nan] + [Float](repeating: -.infinity, count: channels - 1))
      rows.append((0..<channels).map { $0 == channels - 1 ? -5 : .nan })
      rows.append((0..<channels).map { $0 == channels / 2 ? .infinity : -.infinity })
      let arena = Arena()
      let input = arena.map(
        rows.flatMap { $0 }, rows: rows.count, channels: channels, stride: channels + 1, table.precision)
      var indices = [UInt16](repeating: 9999, count: rows.count + 1)
      var op = fovea_argmax()
      (op.rows, op.channels) = (rows.count, channels)
      (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
      indices.withUnsafeMutableBufferPointer {
        op.indices = $0.baseAddress
        kernels.argmax?(&op)
      }
      #expect(indices.last == 9999)
      for (r, row) in rows.enumerated() {
        let greatest = row.contains(where: \.isNaN) ? nil : row.max()
        let expected = greatest.flatMap { row.firstIndex(of: $0) } ?? Int(FOVEA_UNDECIDED)
        #expect(Int(indices[r]) == expected, "row \(r) of \(channels) channels")
      }
      withExtendedLifetime(arena) {}
    }
  }

  @Test("Conversions round to nearest even and keep infinities and NaN", arguments: KernelTable.all)
  func conversions(table: KernelTable) throws {
    let kernels = try table.supported()
    var values = Noise(3).floatsOfAllSizes(1037)
    values += [
      0, -0.0, .infinity, -.infinity, .nan, Float(bitPattern: 0x7f80_0001), Float(bitPattern: 0x3f80_8000),
    ]
    values += [Float(bitPattern: 0x3f81_8000), Float(bitPattern: 0x3f80_8001), .greatestFiniteMagnitude]
    let arena = Arena()
    for count in [1, 15, 16, 17, values.count] {
      let input = Array(values.suffix(count))
      let map = arena.output(rows: 1, channels: count, stride: count, table.precision)
      let back = arena.output(rows: 1, channels: count, stride: count, FOVEA_FLOAT32)
      kernels.convert_from_float?(arena.floats(input), map.start, count)
      kernels.convert_to_float?(map.start, back.start.assumingMemoryBound(to: Float.self), count)
      expectAgreement(back, "\(count)") { _, c in
        Expected(value: Double(rounded(input[c], table.precision)), tolerance: 0)
      }
    }
    withExtendedLifetime(arena) {}
  }
}

extension Noise {
  fileprivate func floatsOfAllSizes(_ count: Int) -> [Float] {
    var noise = self
    return zip(noise.floats(count), noise.floats(count, in: -100...100)).map {
      Float($0 * Float(sign: .plus, exponent: Int($1), significand: 1))
    }
  }
}
