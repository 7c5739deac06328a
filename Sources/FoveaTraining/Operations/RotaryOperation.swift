import FoveaGraph

/// Rotary position encoding: pairs of channels turn by the angles of their pixel; backward turns them back.
final class RotaryOperation: DifferentiableOperation {
  private let source: Source
  private let output: Output
  /// (H·W, C/2): cosines, and sines.
  private let cosines: [Float], sines: [Float]
  private let blocks: Partition

  init(_ rotary: RotaryEncoding, _ sources: [Source], _ output: Output) {
    source = sources[0]
    self.output = output
    let shape = output.map.shape
    blocks = Partition(rows: shape.rows, bytesPerRow: 3 * shape.channels * 4)
    let quarter = shape.channels / 4
    let angles = (0..<shape.tokens).flatMap { token in
      (0..<shape.channels / 2).map { pair in
        let frequency = power(Double(rotary.base), -Double(pair % quarter) / Double(quarter))
        return circular(Double(pair < quarter ? token / shape.width : token % shape.width) * frequency)
      }
    }
    cosines = angles.map { Float($0.cosine) }
    sines = angles.map { Float($0.sine) }
  }

  var memory: BackwardMemory { BackwardMemory(sources: [false]) }
  var scratchBytes: Int { blocks.blockRows * source.shape.channels * (4 + source.elementSize) + 256 }

  func forward(_ pass: Pass) {
    output.begin()
    turn(source, into: GradientTarget(map: output.map, collected: nil), sign: 1, pass) {
      self.output.finished($0, group: $1, pass)
    }
    output.complete(pass)
  }

  func backward(_ pass: Pass) {
    guard let gradients = output.gradientRows, let target = source.gradient else { return }
    output.prepareGradient(pass)
    turn(gradients, into: target, sign: -1, pass) { _, _ in }
  }

  private func turn(
    _ rows: any PixelRows, into target: GradientTarget, sign: Float, _ pass: Pass,
    finished: (Range<Int>, _ group: Int) -> Void
  ) {
    let (channels, tokens) = (source.shape.channels, source.shape.tokens)
    cosines.withUnsafeBufferPointer { cosines in
      sines.withUnsafeBufferPointer { sines in
        pass.workers.run(groups: blocks.groups) { group, scratch in
          var scratch = scratch
          let memory = scratch.take(blocks.blockRows * channels * pass.elementSize)
          let floats = scratch.floats(blocks.blockRows * channels)
          for pixels in blocks.blocks(of: group) {
            rows.write(pixels, to: memory, stride: channels, pass)
            pass.kernels.pointee.convert_to_float(memory, floats, pixels.count * channels)
            for (row, pixel) in pixels.enumerated() {
              let angle = pixel % tokens * (channels / 2)
              let values = floats + row * channels
              for pair in 0..<channels / 2 {
                let (cosine, sine) = (cosines[angle + pair], sign * sines[angle + pair])
                let (even, odd) = (values[2 * pair], values[2 * pair + 1])
                values[2 * pair] = even * cosine - odd * sine
                values[2 * pair + 1] = even * sine + odd * cosine
              }
            }
            pass.kernels.pointee.convert_from_float(floats, memory, pixels.count * channels)
            target.store(memory, pixels, pass)
            finished(pixels, group)
          }
        }
      }
    }
  }
}

extension RotaryEncoding: TrainableOperation {
  var carriesTail: Bool { true }

  func differentiable(_ unit: Unit, _ site: UnitSite) -> any DifferentiableOperation {
    RotaryOperation(self, site.sources, site.output)
  }
}
