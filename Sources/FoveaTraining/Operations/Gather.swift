import CFoveaKernels
import FoveaGraph

/// Pixels moved whole: concatenations, token slices, windows, space to depth. Forward copies runs of pixels from
/// the sources; backward copies the same runs back, and adds up a map that was repeated over the batch.
final class Gather: DifferentiableOperation {
  private let sources: [Source]
  private let output: Output
  private let parts: [GatherPart]
  /// Whether some of the output comes from no source, and is zero.
  private let hasHoles: Bool
  private let covers: [[Range<Int>]]

  init(_ parts: [GatherPart], _ sources: [Source], _ output: Output) {
    self.sources = sources
    self.output = output
    self.parts = parts
    let filled = parts.map { part in part.runs.map(\.count).reduce(0, +) * part.channels }.reduce(0, +)
    hasHoles = filled < output.map.shape.elements
    covers = sources.indices.map { source in
      GatherPart.uncovered(parts.filter { $0.source == source }, of: sources[source].shape)
    }
  }

  var memory: BackwardMemory { BackwardMemory(sources: sources.map { _ in false }) }

  var scratchBytes: Int {
    let channels = sources.map(\.shape.channels).max() ?? 0
    return channels * (4 + output.map.elementSize) + 128
  }

  func forward(_ pass: Pass) {
    if hasHoles { GradientPreparation(map: output.map, source: nil).run(pass) }
    for part in parts {
      let source = sources[part.source]
      let groups = min(Workers.groups, part.runs.count)
      pass.workers.run(groups: groups) { group, _ in
        for run in part.runs[part.runs.count * group / groups..<part.runs.count * (group + 1) / groups] {
          let target = output.map.pixel(run.output) + part.channelOffset * pass.elementSize
          source.write(
            run.source..<run.source + run.count, to: target, stride: output.map.pixelStride, pass)
        }
      }
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows else { return }
    for (index, source) in sources.enumerated() {
      guard let target = source.gradient else { continue }
      for pixels in covers[index] { clear(pixels, target, pass) }
      for part in parts where part.source == index {
        if part.isRepeated {
          addRepeated(part, gradients, target, pass)
        } else {
          send(part, gradients, target, pass)
        }
      }
    }
  }

  /// Pixels that went nowhere keep what was collected.
  private func clear(_ pixels: Range<Int>, _ target: GradientTarget, _ pass: Pass) {
    if target.collected?.storage === target.map.storage { return }
    for pixel in pixels {
      let row = target.map.pixel(pixel)
      let bytes = target.map.shape.channels * pass.elementSize
      if let collected = target.residual(pixel) {
        row.copyMemory(from: collected, byteCount: bytes)
      } else {
        row.initializeMemory(as: UInt8.self, repeating: 0, count: bytes)
      }
    }
  }

  private func send(_ part: GatherPart, _ gradients: OutputGradient, _ target: GradientTarget, _ pass: Pass) {
    let groups = min(Workers.groups, part.runs.count)
    pass.workers.run(groups: groups) { group, _ in
      for run in part.runs[part.runs.count * group / groups..<part.runs.count * (group + 1) / groups] {
        guard let gradient = gradients.inPlace(run.output) else { continue }
        let from = gradient.skipping(part.channelOffset, pass)
        var request = fovea_scale_shift(
          rows: run.count, channels: part.channels, input: from.pointer, input_stride: from.stride,
          scale: nil,
          shift: nil, activation: FOVEA_IDENTITY, residual: target.residual(run.source),
          residual_stride: target.residualStride, output: target.map.pixel(run.source),
          output_stride: target.map.pixelStride)
        pass.kernels.pointee.scale_shift(&request)
      }
    }
  }

  /// A map of one image that every image took: its gradient is the sum over the batch.
  private func addRepeated(
    _ part: GatherPart, _ gradients: OutputGradient, _ target: GradientTarget, _ pass: Pass
  ) {
    let shape = output.map.shape
    pass.workers.run(groups: 1) { _, scratch in
      var scratch = scratch
      let sums = scratch.floats(part.channels)
      let row = scratch.take(part.channels * pass.elementSize)
      for run in part.runs where run.output < shape.tokens {
        for pixel in 0..<run.count {
          guard let gradient = gradients.inPlace(run.output + pixel) else { continue }
          let from = gradient.skipping(part.channelOffset, pass)
          sums.update(repeating: 0, count: part.channels)
          var request = fovea_column_sums(
            rows: shape.batch, channels: part.channels, input: from.pointer,
            input_stride: shape.tokens * from.stride, sums: sums)
          pass.kernels.pointee.column_sums(&request)
          pass.kernels.pointee.convert_from_float(sums, row, part.channels)
          target.store(row, run.source + pixel..<run.source + pixel + 1, pass)
        }
      }
    }
  }
}
