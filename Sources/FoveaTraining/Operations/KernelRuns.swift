import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// The runs of consecutive channels under one output pixel: a kernel row where all channels mix, else a kernel
/// pixel's channels of the group.
struct KernelRuns {
  private let convolution: Convolution
  private let isWhole: Bool
  private let channels: Int

  init(_ convolution: Convolution, isWhole: Bool) {
    self.convolution = convolution
    self.isWhole = isWhole
    channels = convolution.inputChannels / convolution.groups
  }

  private var pixelsPerRun: Int { isWhole ? convolution.kernel : 1 }
  private var runs: Int { convolution.kernel * convolution.kernel / pixelsPerRun }

  private func runDepth(granularity: Int) -> Int {
    (pixelsPerRun * channels).rounded(toMultipleOf: granularity)
  }

  /// Positions of the reduction, every run rounded up.
  func depth(granularity: Int) -> Int { runs * runDepth(granularity: granularity) }

  /// Where a kernel pixel's first channel stands in the reduction.
  func position(tap: Int, granularity: Int) -> Int {
    tap / pixelsPerRun * runDepth(granularity: granularity) + tap % pixelsPerRun * channels
  }

  /// The same position where runs are not rounded up.
  func unpadded(_ first: Int, _ pass: Pass) -> Int {
    first / runDepth(granularity: pass.kernels.pointee.depth_granularity) * pixelsPerRun * channels
  }

  /// Memory for the taps of one call.
  func buffer(_ scratch: inout Scratch) -> UnsafeMutableBufferPointer<fovea_tap> {
    let count = convolution.kernel * convolution.kernel
    let memory = scratch.take(count * MemoryLayout<fovea_tap>.stride)
    return UnsafeMutableBufferPointer(
      start: memory.bindMemory(to: fovea_tap.self, capacity: count), count: count)
  }

  /// The runs under an output row's first pixel that lie inside the image; returns how many.
  func fill(
    _ taps: UnsafeMutableBufferPointer<fovea_tap>, _ ring: inout RowRing, under y: Int, group: Int,
    _ pass: Pass
  ) -> Int {
    let rowDepth = runDepth(granularity: pass.kernels.pointee.depth_granularity)
    let perRow = convolution.kernel / pixelsPerRun
    var count = 0
    for ky in 0..<convolution.kernel {
      guard let row = ring.row(y * convolution.stride - convolution.padding + ky) else { continue }
      for run in 0..<perRow {
        let pixel = row + (run * pixelsPerRun * ring.stride + group * channels) * pass.elementSize
        taps[count] = fovea_tap(
          input: pixel, first: (ky * perRow + run) * rowDepth, depth: pixelsPerRun * channels)
        count += 1
      }
    }
    return count
  }
}
