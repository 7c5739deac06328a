import CFoveaKernels
import Testing

/// One matrix product over poisoned memory, with float64 answers.
private struct ProductCase {
  var rows = 1, columns = 1
  var depths = [1]  // of the taps
  var gaps = 0  // depth positions of the weights that no tap covers, before each tap
  var activation = FOVEA_IDENTITY
  var bias = true, residual = false, inPlace = false
  var biasSize: Float = 1

  var name: String { "\(rows)×\(depths)→\(columns) after gaps of \(gaps)" }

  /// Runs the rows in the given splits, and compares all of them.
  func run(on table: KernelTable, _ kernels: fovea_kernels, splits: [Int] = [], check: Bool = true) -> [Float]
  {
    let arena = Arena()
    var noise = Noise(rows &* 31 &+ columns)
    let precision = table.precision
    let depth = depths.reduce(0, +) + gaps * depths.count
    let weights = noise.floats(depth * columns).map { rounded($0, precision) }
    let inputs = depths.map { d in
      arena.map(noise.floats(rows * d), rows: rows, channels: d, stride: (depths.max() ?? d) + 3, precision)
    }
    let biases = noise.floats(columns).map { $0 * biasSize }
    let output = arena.output(rows: rows, channels: columns, stride: columns + 5, precision)
    let residuals = noise.floats(rows * columns).map { rounded($0, precision) }
    let residualMap =
      inPlace
      ? output
      : arena.map(
        residuals, rows: rows, channels: columns, stride: columns + 2, precision)
    if inPlace {
      for r in 0..<rows { for c in 0..<columns { output[r, c] = residuals[r * columns + c] } }
    }
    let packed = pack(weights, depth: depth, in: arena, table, kernels)
    var firsts: [Int] = []
    for d in depths { firsts.append((firsts.last.map { $0 + depths[firsts.count - 1] } ?? 0) + gaps); _ = d }
    var first = 0
    for rows in splits + [rows - splits.reduce(0, +)] {
      let taps = depths.indices.map {
        fovea_tap(input: inputs[$0].row(first), first: firsts[$0], depth: depths[$0])
      }
      taps.withUnsafeBufferPointer { taps in
        var op = fovea_product()
        (op.rows, op.columns, op.input_stride) = (rows, columns, inputs[0].stride)
        (op.taps, op.tap_count) = (taps.baseAddress, taps.count)
        (op.weights, op.weights_depth) = (UnsafeRawPointer(packed), depth)
        op.bias = bias ? UnsafePointer(arena.floats(biases)) : nil
        op.activation = activation
        op.residual = residual ? UnsafeRawPointer(residualMap.row(first)) : nil
        op.residual_stride = residualMap.stride
        (op.output, op.output_stride) = (output.row(first), output.stride)
        kernels.product?(&op)
      }
      first += rows
    }
    if check {
      expectAgreement(output, name, roundoff: table.roundoff * 1.01) { r, n in
        var sum = bias ? Double(biases[n]) : 0, size = abs(sum)
        for (t, input) in inputs.enumerated() {
          for k in 0..<depths[t] {
            let term = input.double(r, k) * Double(weights[(firsts[t] + k) * columns + n])
            sum += term
            size += abs(term)
          }
        }
        let y = activated(activation, sum), extra = residual ? Double(residuals[r * columns + n]) : 0
        let rounding = 0x1p-23 * Double(depth + 4) * size * 1.5
        let tolerance =
          rounding + activationTolerance(activation, sum, table.precision) + 0x1p-23 * (abs(y) + abs(extra))
        return Expected(value: y + extra, tolerance: tolerance)
      }
    }
    return withExtendedLifetime(arena) { output.values }
  }

  private func pack(
    _ weights: [Float], depth: Int, in arena: Arena, _ table: KernelTable, _ kernels: fovea_kernels
  ) -> UnsafeMutableRawPointer {
    let granularity = table.granularity
    let bytes = (columns + 15) / 16 * 16 * ((depth + granularity - 1) / granularity * granularity) * 4
    let packed = arena.bytes(bytes)
    weights.withUnsafeBytes { weights in
      var op = fovea_pack()
      (op.depth, op.columns, op.input) = (depth, columns, weights.baseAddress)
      (op.depth_stride, op.column_stride, op.output) = (columns, 1, packed)
      kernels.pack?(&op)
    }
    return packed
  }
}

@Suite struct ProductTests {
  @Test(
    "A product equals its float64 sums at every remainder of rows, columns and depth",
    arguments: KernelTable.all)
  func remainders(table: KernelTable) throws {
    let kernels = try table.supported()
    for rows in [1, 2, 5, 6, 7, 13, 14, 15, 29, 33] {
      for columns in [1, 7, 15, 16, 17, 31, 32, 33, 47, 67] {
        for depth in [1, 2, 3, 16, 31, 32, 33, 97] {
          _ = ProductCase(rows: rows, columns: columns, depths: [depth]).run(on: table, kernels)
        }
      }
    }
  }

  @Test("Taps of any depth, cut or apart, add up as one sum", arguments: KernelTable.all)
  func taps(table: KernelTable) throws {
    let kernels = try table.supported()
    for depths in [
      [9, 9, 9], [6, 9], [96, 96, 96], [48, 48, 48], [3, 1, 2, 5, 7, 64], [33, 40], [5, 129], [0, 4],
    ] {
      for gaps in [0, 1, 3, 32] {
        for (rows, columns) in [(1, 16), (17, 24), (35, 33)] {
          _ = ProductCase(rows: rows, columns: columns, depths: depths, gaps: gaps).run(on: table, kernels)
        }
      }
    }
  }

  @Test(
    "The epilogue adds the bias, applies any activation, then adds the residual", arguments: KernelTable.all)
  func epilogues(table: KernelTable) throws {
    let kernels = try table.supported()
    for activation in activations {
      for (bias, residual, inPlace) in [(false, false, false), (true, true, false), (true, true, true)] {
        for (rows, columns) in [(15, 33), (14, 32), (3, 16)] {
          _ = ProductCase(
            rows: rows, columns: columns, depths: [20], activation: activation, bias: bias,
            residual: residual,
            inPlace: inPlace
          ).run(on: table, kernels)
        }
      }
      // sums on both sides of every bend
      _ = ProductCase(rows: 15, columns: 80, depths: [20], activation: activation, biasSize: 9)
        .run(on: table, kernels)
    }
  }

  @Test("A row's answer is the same bits however the rows are split", arguments: KernelTable.all)
  func splits(table: KernelTable) throws {
    let kernels = try table.supported()
    let product = ProductCase(
      rows: 61, columns: 83, depths: [37, 64], activation: FOVEA_GELU_TANH, residual: true)
    let whole = product.run(on: table, kernels, check: false)
    for splits in [[1], [14, 14], [13, 1, 30], [60], [7, 7, 7, 7, 7]] {
      #expect(product.run(on: table, kernels, splits: splits, check: false) == whole, "\(splits)")
    }
  }

  @Test("Maps pack as parameters do, transposed or not", arguments: KernelTable.all)
  func packedMaps(table: KernelTable) throws {
    let kernels = try table.supported()
    let (depth, columns, granularity) = (37, 21, table.granularity)
    let arena = Arena()
    var noise = Noise(5)
    let values = noise.floats(depth * columns).map { rounded($0, table.precision) }
    let map = arena.map(values, rows: columns, channels: depth, stride: depth + 3, table.precision)
    let padded = (depth + granularity - 1) / granularity * granularity
    let panels = [false, true].map { isMap in
      let panels = arena.output(rows: 2, channels: padded * 16, stride: padded * 16, table.precision)
      values.withUnsafeBytes { values in
        var op = fovea_pack()
        (op.depth, op.columns, op.input_is_map) = (depth, columns, isMap)
        op.input = isMap ? UnsafeRawPointer(map.start) : values.baseAddress
        (op.depth_stride, op.column_stride, op.output) = (1, isMap ? map.stride : depth, panels.start)
        kernels.pack?(&op)
      }
      #expect(panels.intact)
      return panels.values
    }
    #expect(panels[0] == panels[1])
    #expect(panels[0].allSatisfy { !$0.isNaN })
    #expect(panels[0].filter { $0 != 0 }.sorted() == values.filter { $0 != 0 }.sorted())
    withExtendedLifetime(arena) {}
  }
}
