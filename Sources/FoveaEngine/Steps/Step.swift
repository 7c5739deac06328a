import CFoveaKernels

/// A part of a plan that runs to its end, on every thread, before the next begins.
protocol Step: Sendable {
  /// The dotted paths of the layers that it computes, for plans and profiles.
  var paths: [String] { get }
  /// What it does, in a word or two.
  var kind: String { get }
  /// How it is cut.
  var detail: String { get }
  /// Multiply-adds of the step.
  var multiplyAdds: Int { get }
  /// Bytes of packed weights that it reads.
  var weightBytes: Int { get }
  /// Bytes that each thread wants beside the arena.
  var scratchBytes: Int { get }
  /// Bytes of tables that it keeps between runs.
  var tableBytes: Int { get }
  /// Bytes of maps that it copies beside all that while it runs.
  var passingBytes: Int { get }
  /// The regions whose bytes it reads; what it does not name may be gone.
  var reads: [RegionID] { get }
  /// The regions that it writes.
  var writes: [RegionID] { get }
  /// Runs the step's share on every thread of the execution's pool.
  func run(_ execution: Execution)
}

extension Step {
  var detail: String { "" }
  var weightBytes: Int { 0 }
  var tableBytes: Int { 0 }
  var passingBytes: Int { 0 }
}

/// What a running step needs: memory, kernels, threads.
struct Execution {
  /// Where each region of the plan lies.
  let regions: UnsafePointer<UnsafeMutableRawPointer>
  let scratch: UnsafeMutableRawPointer
  let scratchStride: Int
  let kernels: UnsafePointer<fovea_kernels>
  let pool: ThreadPool
  let elementSize: Int
  /// True where memory that no step needs any more is filled with what is no number.
  let poisonsMemory: Bool

  func pointer(_ region: RegionID) -> UnsafeMutableRawPointer { regions[region.index] }
  func scratch(of thread: Int) -> UnsafeMutableRawPointer { scratch + thread * scratchStride }

  /// An image of a map as a stage sees it.
  func view(_ placement: Placement, image: Int) -> MapView {
    let shape = placement.shape
    let rowStride = shape.width * placement.pixelStride
    let row = placement.repeatsOverImages ? 0 : image * shape.height
    let offset = row * rowStride + placement.channelOffset
    guard !placement.repeatsOverPixels else {
      return MapView(onePixel: pointer(placement.region) + offset * elementSize, elementSize: elementSize)
    }
    return MapView(
      base: pointer(placement.region) + offset * elementSize, pixelStride: placement.pixelStride,
      rowStride: rowStride, capacity: placement.keptRows ?? shape.height, firstColumn: 0,
      height: shape.height,
      width: shape.width, keptColumns: shape.width, elementSize: elementSize)
  }

  /// Runs `body(item, thread)` for every item, each thread taking a share of consecutive ones.
  func forEach(_ items: Int, _ body: (_ item: Int, _ thread: Int) -> Void) {
    if items == 1 { return body(0, 0) }
    pool.run { thread in
      for item in ThreadPool.share(of: items, thread: thread, threads: pool.count) { body(item, thread) }
    }
  }
}
