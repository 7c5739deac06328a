import FoveaEngine
import FoveaGraph

/// A parameter as a map, resized to the grid where it has to be; backward adds the transposed taps to the table.
final class ConstantOperation: DifferentiableOperation {
  private let constant: Constant
  private let output: Output
  private let values: UnsafeMutablePointer<Float>
  private let gradient: UnsafeMutablePointer<Float>?
  /// Taps of both axes, or nil where the grid is the table's own.
  private let taps: (vertical: AxisTaps, horizontal: AxisTaps)?

  init(_ constant: Constant, _ output: Output, _ parameters: OperationParameters) {
    self.constant = constant
    self.output = output
    values = parameters.values(constant.table)
    gradient = parameters.gradient(constant.table)
    let shape = output.map.shape
    if case .resized(let method) = constant.fitting,
      (shape.height, shape.width) != (constant.rows, constant.columns)
    {
      taps = (
        AxisTaps(method, from: constant.rows, to: shape.height),
        AxisTaps(method, from: constant.columns, to: shape.width)
      )
    } else {
      taps = nil
    }
  }

  var memory: BackwardMemory { BackwardMemory(sources: []) }
  var scratchBytes: Int { output.map.shape.channels * (4 + output.map.elementSize) + 128 }

  /// Where a channel of a cell stands in the table.
  private func position(_ cell: Int, _ channel: Int) -> Int {
    constant.isChannelsFirst
      ? channel * constant.rows * constant.columns + cell
      : (constant.skippedTokens + cell) * output.map.shape.channels + channel
  }

  /// The cells that a pixel is made of.
  private func forEachTap(_ y: Int, _ x: Int, _ body: (_ cell: Int, _ weight: Float) -> Void) {
    guard let taps else { return body(y * constant.columns + x, 1) }
    for v in 0..<taps.vertical.taps {
      let row = y * taps.vertical.taps + v
      for h in 0..<taps.horizontal.taps {
        let column = x * taps.horizontal.taps + h
        let cell = Int(taps.vertical.indices[row]) * constant.columns + Int(taps.horizontal.indices[column])
        body(cell, taps.vertical.weights[row] * taps.horizontal.weights[column])
      }
    }
  }

  func forward(_ pass: Pass) {
    let shape = output.map.shape
    pass.workers.run(groups: 1) { _, scratch in
      var scratch = scratch
      let sums = scratch.floats(shape.channels)
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          sums.update(repeating: 0, count: shape.channels)
          forEachTap(y, x) { cell, weight in
            for c in 0..<shape.channels { sums[c] += weight * values[position(cell, c)] }
          }
          pass.kernels.pointee.convert_from_float(
            sums, output.map.pixel(y * shape.width + x), shape.channels)
        }
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let gradient else { return }
    let shape = output.map.shape
    pass.workers.run(groups: 1) { _, scratch in
      var scratch = scratch
      let floats = scratch.floats(shape.channels)
      let memory = scratch.take(shape.channels * pass.elementSize)
      for y in 0..<shape.height {
        for x in 0..<shape.width {
          let pixel = y * shape.width + x
          let run = gradients.rows(pixel..<pixel + 1, scratch: memory, pass)
          pass.kernels.pointee.convert_to_float(run.pointer, floats, shape.channels)
          forEachTap(y, x) { cell, weight in
            for c in 0..<shape.channels { gradient[position(cell, c)] += weight * floats[c] }
          }
        }
      }
    }
  }
}

extension Constant: TrainableOperation {
  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    ConstantOperation(self, site.output, site.parameters)
  }
}
