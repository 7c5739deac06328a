import CFoveaKernels
import Foundation
import Testing

/// Rows of logits with targets of every kind, over poisoned memory.
private struct CrossEntropyCase {
  var rows = 6, classes: Int
  var soft = false, weighted = false, inPlace = false
  var smoothing: Float = 0
  var magnitude: Float = 4

  var name: String { "\(classes) classes, soft \(soft), weighted \(weighted), smoothing \(smoothing)" }

  func run(on table: KernelTable, _ kernels: fovea_kernels) {
    let arena = Arena()
    var noise = Noise(classes)
    let logits = arena.map(
      noise.floats(rows * classes, in: -magnitude...magnitude), rows: rows, channels: classes,
      stride: classes + 3, FOVEA_FLOAT32)
    let x = logits.values.map { Double($0) }
    var ids = (0..<rows).map { Int32(($0 * 5 + 1) % classes) }
    if !soft { (ids[1], ids[3]) = (-1, Int32(classes)) }
    let targets = noise.floats(rows * classes, in: 0...1)
    let weights = noise.floats(classes, in: 0...2)
    let fresh = arena.output(rows: rows, channels: classes, stride: classes + 1, FOVEA_FLOAT32)
    let gradient = inPlace ? logits : fresh
    var loss = 0.5
    var op = fovea_cross_entropy()
    (op.rows, op.classes) = (rows, classes)
    op.logits = UnsafePointer(logits.start.assumingMemoryBound(to: Float.self))
    op.logits_stride = logits.stride
    if soft { (op.targets, op.targets_stride) = (UnsafePointer(arena.floats(targets)), classes) }
    op.class_weights = weighted ? UnsafePointer(arena.floats(weights)) : nil
    (op.smoothing, op.scale) = (smoothing, 0.25)
    op.gradient = gradient.start.assumingMemoryBound(to: Float.self)
    op.gradient_stride = gradient.stride
    ids.withUnsafeBufferPointer { ids in
      withUnsafeMutablePointer(to: &loss) {
        op.ids = soft ? nil : ids.baseAddress
        op.loss = $0
        kernels.cross_entropy?(&op)
      }
    }
    let target = { (r: Int, c: Int) -> Double in
      let q = soft ? Double(targets[r * classes + c]) : Int(ids[r]) == c ? 1 : 0
      let t = (1 - Double(smoothing)) * q + Double(smoothing) / Double(classes)
      return weighted ? Double(weights[c]) * t : t
    }
    let ignored = { (r: Int) in !soft && !(0..<classes).contains(Int(ids[r])) }
    let rowLoss = { (r: Int, row: [Double]) -> Double in
      if ignored(r) { return 0 }
      let greatest = row.max() ?? 0
      let logarithm = greatest + log(row.reduce(0) { $0 + exp($1 - greatest) })
      return (0..<classes).reduce(0) { $0 + target(r, $1) * (logarithm - row[$1]) }
    }
    let row = { (r: Int) in Array(x[r * classes..<(r + 1) * classes]) }
    let total = { (r: Int) in (0..<classes).reduce(0) { $0 + target(r, $1) } }
    expectAgreement(gradient, name) { r, c in
      let slope = derivative { step in
        var moved = row(r)
        moved[c] += step
        return rowLoss(r, moved)
      }
      // A probability is off by a few ε for the size of the logits and the sum's K terms.
      let error = 0x1p-24 * (4 * Double(magnitude) + Double(classes) + 32) * (total(r) + target(r, c))
      return Expected(value: slope / 4, tolerance: ignored(r) ? 0 : error + 1e-9 * total(r))
    }
    let wanted = (0..<rows).reduce(0.5) { $0 + rowLoss($1, row($1)) }
    let size = (0..<rows).reduce(0) { $0 + total($1) * 3 * (Double(magnitude) + log(Double(classes))) }
    #expect(abs(loss - wanted) <= 0x1p-24 * Double(classes + 16) * size, "\(name): \(loss), not \(wanted)")
    withExtendedLifetime(arena) {}
  }
}

@Suite struct CrossEntropyTests {
  private let sizes = [1, 2, 7, 8, 11, 15, 16, 17, 32, 67, 200]

  @Test("Loss and gradient are those of the definition", arguments: KernelTable.all)
  func definition(table: KernelTable) throws {
    let kernels = try table.supported()
    for classes in sizes {
      for (soft, weighted) in [(false, false), (true, false), (false, true), (true, true)] {
        for smoothing: Float in [0, 0.1] {
          CrossEntropyCase(
            classes: classes, soft: soft, weighted: weighted, inPlace: weighted, smoothing: smoothing
          ).run(on: table, kernels)
        }
      }
    }
  }

  @Test("Logits far apart neither overflow nor vanish", arguments: KernelTable.all)
  func range(table: KernelTable) throws {
    let kernels = try table.supported()
    for classes in sizes {
      CrossEntropyCase(classes: classes, smoothing: 0.1, magnitude: 60).run(on: table, kernels)
    }
  }
}
