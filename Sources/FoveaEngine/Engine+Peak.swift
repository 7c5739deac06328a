import CFoveaKernels
import Synchronization

/// What a machine can do, against which the steps of a profile are held.
public struct MachineRates: Sendable {
  /// The most multiply-adds a second that the matrix product reaches, all threads at once, on operands in the
  /// caches of each.
  public let multiplyAdds: Double
  /// Bytes a second that all threads together read and write where nothing is in a cache.
  public let bytes: Double
}

extension Engine {
  /// Measures this machine with this engine's kernels and threads.
  ///
  /// Takes half a second; longer on the scalar reference. Throws `EngineError.outOfMemory`.
  public func measuredRates() throws(EngineError) -> MachineRates {
    MachineRates(multiplyAdds: try productPeak(), bytes: try copyRate())
  }

  /// The rate at which all threads copy 64 MB each, the best of some runs.
  private func copyRate() throws(EngineError) -> Double {
    let half = 64 << 20
    let memory = try AlignedBuffer(byteCount: 2 * half * threads)
    memory.base.initializeMemory(as: UInt8.self, repeating: 0, count: memory.byteCount)
    return state.withLock { _ in
      var best = 0.0
      for _ in 0..<5 {
        let time = ContinuousClock().measure {
          pool.run { thread in
            let own = memory.base + 2 * half * thread
            own.copyMemory(from: own + half, byteCount: half)
          }
        }
        best = max(best, Double(memory.byteCount) / time.seconds)
      }
      return best
    }
  }

  private func productPeak() throws(EngineError) -> Double {
    // Multiples of the heights of all register tiles, 6 and 14 rows of vectors, at a depth whose operands stay in the
    // first-level cache; and enough rows of matrix tiles, 32 high, that setting them up does not count.
    let shapes = [(rows: 24, depth: 160), (rows: 28, depth: 160), (rows: 256, depth: 256)]
    var best = 0.0
    for shape in shapes {
      best = max(best, try productRate(rows: shape.rows, depth: shape.depth, columns: 32))
    }
    return best
  }

  private func productRate(rows: Int, depth: Int, columns: Int) throws(EngineError) -> Double {
    let size = precision.elementSize
    let stride = (depth * size + 64) / size
    let bytes = [rows * stride * size, depth * columns * size, rows * columns * size].map(
      \.roundedToCacheLine)
    let memory = try AlignedBuffer(byteCount: bytes.reduce(0, +) * threads)
    // Halves from 0.5 to 2, in either precision: matrix units are a quarter faster at zeros.
    let halves = memory.base.bindMemory(to: UInt16.self, capacity: memory.byteCount / 2)
    for index in 0..<memory.byteCount / 2 {
      halves[index] = 0x3f00 | UInt16(truncatingIfNeeded: (index &* 40503) >> 8) & 0xff
    }
    let total = Mutex(0.0)
    state.withLock { _ in
      pool.run { thread in
        let own = memory.base + bytes.reduce(0, +) * thread
        var tap = fovea_tap(input: own, first: 0, depth: depth)
        let measured = withUnsafePointer(to: &tap) { tap in
          var request = fovea_product(
            rows: rows, columns: columns, input_stride: stride, taps: tap, tap_count: 1,
            weights: own + bytes[0], weights_depth: depth, bias: nil, activation: FOVEA_IDENTITY,
            residual: nil, residual_stride: 0, output: own + bytes[0] + bytes[1], output_stride: columns)
          return rate(of: &request)
        }
        total.withLock { $0 += measured }
      }
    }
    return total.withLock { $0 }
  }

  /// Multiply-adds a second of one thread, the best of some runs of a millisecond.
  private func rate(of request: inout fovea_product) -> Double {
    let (repetitions, work) = (200, request.rows * request.columns * request.weights_depth)
    var best = 0.0
    for _ in 0..<30 {
      let time = ContinuousClock().measure {
        for _ in 0..<repetitions { cache.kernels.pointer.pointee.product(&request) }
      }
      best = max(best, Double(repetitions * work) / time.seconds)
    }
    return best
  }
}

extension Duration {
  /// In seconds.
  package var seconds: Double {
    Double(components.seconds) + Double(components.attoseconds) * 1e-18
  }
}
