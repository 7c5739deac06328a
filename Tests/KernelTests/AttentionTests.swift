import CFoveaKernels
import Foundation
import Testing

/// φ of one element, in float64.
private func feature(_ map: fovea_feature_map, _ x: Double) -> Double {
  switch map {
  case FOVEA_FEATURES_RELU: max(x, 0)
  case FOVEA_FEATURES_ELU_PLUS_ONE: x > 0 ? x + 1 : exp(x)
  default: x
  }
}

@Suite struct AttentionTests {
  private let maps = [FOVEA_FEATURES_IDENTITY, FOVEA_FEATURES_RELU, FOVEA_FEATURES_ELU_PLUS_ONE]
  private let widths = [(16, 16), (32, 32), (8, 8), (1, 1), (24, 40), (7, 33), (64, 17), (96, 96), (130, 5)]

  @Test("The focused map keeps a row's length and sharpens its direction", arguments: KernelTable.all)
  func focused(table: KernelTable) throws {
    let kernels = try table.supported()
    for power: Float in [1, 2, 3, 4, 2.5] {
      for channels in [1, 8, 15, 16, 17, 64, 67, 96] {
        let arena = Arena(), rows = 5
        var noise = Noise(channels)
        let input = arena.map(
          noise.floats(rows * channels), rows: rows, channels: channels, stride: channels + 3, table.precision
        )
        let output = arena.output(rows: rows, channels: channels, stride: channels + 1, table.precision)
        let inverses = noise.floats(channels, in: 0.5...2)
        var op = fovea_features()
        (op.rows, op.channels, op.map) = (rows, channels, FOVEA_FEATURES_FOCUSED)
        (op.offset, op.power, op.inverse_scale) = (1e-6, power, UnsafePointer(arena.floats(inverses)))
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.output, op.output_stride) = (output.start, output.stride)
        kernels.features?(&op)
        expectAgreement(output, "power \(power), \(channels)", roundoff: table.roundoff * 1.01) { r, c in
          let u = (0..<channels).map {
            (max(input.double(r, $0), 0) + Double(Float(1e-6))) * Double(inverses[$0])
          }
          let v = u.map { pow($0, Double(power)) }
          let length = { (x: [Double]) in x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
          let y = v[c] * length(u) / length(v)
          // Powers by up to five products, two sums of K squares, their roots.
          return Expected(value: y, tolerance: y * 0x1p-24 * (2 * Double(channels) + 32) + 1e-30)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("Pointwise feature maps follow their definitions", arguments: KernelTable.all)
  func pointwise(table: KernelTable) throws {
    let kernels = try table.supported()
    for map in maps {
      for channels in [1, 15, 16, 17, 67] {
        let arena = Arena(), rows = 3
        var noise = Noise(channels)
        let input = arena.map(
          noise.floats(rows * channels, in: -5...5), rows: rows, channels: channels, stride: channels + 3,
          table.precision)
        let output = arena.output(rows: rows, channels: channels, stride: channels + 1, table.precision)
        var op = fovea_features()
        (op.rows, op.channels, op.map) = (rows, channels, map)
        (op.input, op.input_stride) = (UnsafeRawPointer(input.start), input.stride)
        (op.output, op.output_stride) = (output.start, output.stride)
        kernels.features?(&op)
        expectAgreement(output, "\(map)", roundoff: table.roundoff * 1.01) { r, c in
          Expected(value: feature(map, input.double(r, c)), tolerance: 0x1p-22 * 6)
        }
        withExtendedLifetime(arena) {}
      }
    }
  }

  @Test("Sums over the keys add to what they hold", arguments: KernelTable.all)
  func sums(table: KernelTable) throws {
    let kernels = try table.supported()
    for map in maps {
      for (keyWidth, valueWidth) in widths {
        for rows in [1, 63, 64, 65, 150] {
          for separate in [false, true] {
            let case_ = SumsCase(
              rows: rows, keyWidth: keyWidth, valueWidth: valueWidth, map: map, separate: separate)
            _ = case_.run(on: table, kernels, runs: [rows], check: true)
          }
        }
      }
    }
  }

  @Test("Sums are the same bits when their rows arrive in runs", arguments: KernelTable.all)
  func sumsInRuns(table: KernelTable) throws {
    let kernels = try table.supported()
    for (keyWidth, valueWidth) in widths {
      let case_ = SumsCase(
        rows: 150, keyWidth: keyWidth, valueWidth: valueWidth, map: FOVEA_FEATURES_RELU, separate: false)
      let whole = case_.run(on: table, kernels, runs: [150], check: false)
      #expect(case_.run(on: table, kernels, runs: [64, 64, 22], check: false) == whole)
      #expect(case_.run(on: table, kernels, runs: [1, 148, 1], check: false) == whole)
    }
  }

  @Test("Applying the sums divides by the normaliser and adds the residual", arguments: KernelTable.all)
  func apply(table: KernelTable) throws {
    let kernels = try table.supported()
    for map in maps {
      for (keyWidth, valueWidth) in widths {
        for rows in [1, 7, 8, 9, 67] {
          for separate in [false, true] {
            ApplyCase(rows: rows, keyWidth: keyWidth, valueWidth: valueWidth, map: map, separate: separate)
              .run(on: table, kernels)
          }
        }
      }
    }
  }
}

private struct SumsCase {
  let rows: Int, keyWidth: Int, valueWidth: Int
  let map: fovea_feature_map
  let separate: Bool  // the normaliser's keys are others

  func run(on table: KernelTable, _ kernels: fovea_kernels, runs: [Int], check: Bool) -> [Float] {
    let arena = Arena()
    var noise = Noise(rows &* 3 &+ keyWidth)
    let keys = arena.map(
      noise.floats(rows * keyWidth), rows: rows, channels: keyWidth, stride: keyWidth + 5, table.precision)
    let others = arena.map(
      noise.floats(rows * keyWidth), rows: rows, channels: keyWidth, stride: keyWidth + 1, table.precision)
    let values = arena.map(
      noise.floats(rows * valueWidth), rows: rows, channels: valueWidth, stride: valueWidth + 3,
      table.precision)
    let held = noise.floats(keyWidth * valueWidth), heldTotals = noise.floats(keyWidth)
    let products = arena.map(held, rows: keyWidth, channels: valueWidth, stride: valueWidth, FOVEA_FLOAT32)
    let totals = arena.map(heldTotals, rows: 1, channels: keyWidth, stride: keyWidth, FOVEA_FLOAT32)
    var first = 0
    for run in runs {
      var op = fovea_attention_sums()
      (op.rows, op.key_width, op.value_width, op.map) = (run, keyWidth, valueWidth, map)
      (op.keys, op.keys_stride) = (UnsafeRawPointer(keys.row(first)), keys.stride)
      if separate {
        (op.normaliser_keys, op.normaliser_keys_stride) = (UnsafeRawPointer(others.row(first)), others.stride)
      }
      (op.values, op.values_stride) = (UnsafeRawPointer(values.row(first)), values.stride)
      op.products = products.start.assumingMemoryBound(to: Float.self)
      op.totals = totals.start.assumingMemoryBound(to: Float.self)
      kernels.attention_sums?(&op)
      first += run
    }
    if check {
      let name = "\(rows) rows of \(keyWidth)×\(valueWidth)"
      // A sum of K terms, each φ off by a few ε.
      expectAgreement(products, name) { i, j in
        let terms = (0..<rows).map { feature(map, keys.double($0, i)) * values.double($0, j) }
        let start = Double(held[i * valueWidth + j]), size = terms.reduce(abs(start)) { $0 + abs($1) }
        return Expected(value: terms.reduce(start, +), tolerance: 0x1p-24 * Double(rows + 8) * size)
      }
      expectAgreement(totals, name) { _, i in
        let terms = (0..<rows).map { feature(map, (separate ? others : keys).double($0, i)) }
        let start = Double(heldTotals[i]), size = terms.reduce(abs(start)) { $0 + abs($1) }
        return Expected(value: terms.reduce(start, +), tolerance: 0x1p-24 * Double(rows + 8) * size)
      }
    }
    return withExtendedLifetime(arena) { products.values + totals.values }
  }
}

private struct ApplyCase {
  let rows: Int, keyWidth: Int, valueWidth: Int
  let map: fovea_feature_map
  let separate: Bool  // the normaliser's queries are others, and a residual is added in place

  func run(on table: KernelTable, _ kernels: fovea_kernels) {
    let arena = Arena(), epsilon: Float = 1e-5
    var noise = Noise(rows &* 5 &+ keyWidth)
    let queries = arena.map(
      noise.floats(rows * keyWidth, in: 0.1...1), rows: rows, channels: keyWidth, stride: keyWidth + 5,
      table.precision)
    let others = arena.map(
      noise.floats(rows * keyWidth, in: 0.1...1), rows: rows, channels: keyWidth, stride: keyWidth + 1,
      table.precision)
    let products = noise.floats(keyWidth * valueWidth), totals = noise.floats(keyWidth, in: 0.1...1)
    let residuals = noise.floats(rows * valueWidth).map { rounded($0, table.precision) }
    let output = arena.output(rows: rows, channels: valueWidth, stride: valueWidth + 3, table.precision)
    var op = fovea_attention_apply()
    (op.rows, op.key_width, op.value_width, op.map) = (rows, keyWidth, valueWidth, map)
    (op.queries, op.queries_stride) = (UnsafeRawPointer(queries.start), queries.stride)
    if separate {
      (op.normaliser_queries, op.normaliser_queries_stride) = (UnsafeRawPointer(others.start), others.stride)
      for r in 0..<rows { for j in 0..<valueWidth { output[r, j] = residuals[r * valueWidth + j] } }
      (op.residual, op.residual_stride) = (UnsafeRawPointer(output.start), output.stride)
    }
    (op.products, op.totals) = (UnsafePointer(arena.floats(products)), UnsafePointer(arena.floats(totals)))
    op.epsilon = epsilon
    (op.output, op.output_stride) = (output.start, output.stride)
    kernels.attention_apply?(&op)
    expectAgreement(output, "\(rows) rows of \(keyWidth)×\(valueWidth)", roundoff: table.roundoff * 1.01) {
      r, j in
      let normaliser = (0..<keyWidth).reduce(Double(epsilon)) {
        $0 + feature(map, (separate ? others : queries).double(r, $1)) * Double(totals[$1])
      }
      let terms = (0..<keyWidth).map {
        feature(map, queries.double(r, $0)) * Double(products[$0 * valueWidth + j])
      }
      let extra = separate ? Double(residuals[r * valueWidth + j]) : 0
      let size = terms.reduce(0) { $0 + abs($1) } / normaliser
      // Two sums of K terms, the normaliser's all positive.
      let tolerance = 0x1p-24 * (2 * Double(keyWidth) + 16) * size + 0x1p-23 * abs(extra)
      return Expected(value: terms.reduce(0, +) / normaliser + extra, tolerance: tolerance)
    }
    withExtendedLifetime(arena) {}
  }
}
