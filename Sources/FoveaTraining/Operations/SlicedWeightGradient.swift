import CFoveaKernels
import FoveaGraph

/// The gradient of a large matrix of weights over few rows: dy and x are kept, and every task adds up a slice of
/// the outputs over all rows in place. Sums of groups, each as large as the weights, would cost more than the products.
struct SlicedWeightGradient {
  private let rows: Int
  private let inputs: Int, outputs: Int
  private let elementSize: Int
  /// dy and x, where they do not lie in memory as they are.
  private let gradientRows: Storage?
  private let sourceRows: Storage?

  /// Whether slices move fewer bytes than `groups` sums of the weights, which are cleared, filled and added.
  static func isCheaper(rows: Int, inputs: Int, outputs: Int, groups: Int, elementSize: Int) -> Bool {
    2 * rows * (inputs + outputs) * elementSize < 3 * groups * inputs * outputs * 4
  }

  init(
    rows: Int, inputs: Int, outputs: Int, elementSize: Int, keepsGradient: Bool, keepsSource: Bool,
    _ memory: (_ byteCount: Int) -> Storage
  ) {
    (self.rows, self.inputs, self.outputs, self.elementSize) = (rows, inputs, outputs, elementSize)
    gradientRows = keepsGradient ? memory(rows * outputs * elementSize) : nil
    sourceRows = keepsSource ? memory(rows * inputs * elementSize) : nil
  }

  /// Where a block of dy is computed, so that it stays.
  func gradientMemory(_ pixel: Int) -> UnsafeMutableRawPointer? {
    gradientRows.map { $0.base + pixel * outputs * elementSize }
  }

  /// Where a block of x is computed, so that it stays.
  func sourceMemory(_ pixel: Int) -> UnsafeMutableRawPointer? {
    sourceRows.map { $0.base + pixel * inputs * elementSize }
  }

  /// weights[o][i] += Σ_r dy[r][o] · x[r][i], a slice of o a task.
  func add(
    to weights: UnsafeMutablePointer<Float>, gradient: PixelRun?, source: PixelRun?, _ pass: Pass
  ) {
    let dy = gradient ?? gradientRows.map { PixelRun(pointer: $0.base, stride: outputs) }
    let x = source ?? sourceRows.map { PixelRun(pointer: $0.base, stride: inputs) }
    guard let dy, let x else { return }
    let panels = (outputs + 31) / 32
    let slices = min(Workers.groups, panels)
    pass.workers.run(groups: slices) { slice, _ in
      let first = panels * slice / slices * 32
      let end = min(outputs, panels * (slice + 1) / slices * 32)
      var request = fovea_outer_sums(
        rows: rows, depth: end - first, columns: inputs, input: dy.skipping(first, pass).pointer,
        input_stride: dy.stride, gradient: x.pointer, gradient_stride: x.stride,
        sums: weights + first * inputs, sums_stride: inputs)
      pass.kernels.pointee.outer_sums(&request)
    }
  }
}
