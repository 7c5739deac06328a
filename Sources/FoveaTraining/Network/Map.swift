import FoveaEngine
import FoveaGraph

/// Bytes of the arena, at an address that is known once memory is planned.
final class Storage {
  let byteCount: Int
  /// The pass (forward steps, then backward ones) between whose first and last use the bytes must stay.
  private(set) var firstStep = Int.max
  private(set) var lastStep = Int.min
  var base = UnsafeMutableRawPointer(bitPattern: 64).unsafelyUnwrapped

  init(byteCount: Int) { self.byteCount = byteCount }

  /// Keeps the bytes at a step.
  func use(at step: Int) {
    firstStep = min(firstStep, step)
    lastStep = max(lastStep, step)
  }

  var isUsed: Bool { firstStep <= lastStep }
  var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

/// A map, or a slice of its channels: pixel p of all images lies `p · pixelStride` elements after the first.
struct Map {
  let storage: Storage
  var channelOffset = 0
  /// Elements from a pixel to the next.
  let pixelStride: Int
  var shape: Shape
  let elementSize: Int

  /// A map of its own.
  init(_ shape: Shape, elementSize: Int) {
    pixelStride = shape.channels.paddedStride(elementSize: elementSize)
    storage = Storage(byteCount: shape.rows * pixelStride * elementSize)
    self.shape = shape
    self.elementSize = elementSize
  }

  /// The same pixels, as a grid or a run of channels of their own.
  func view(_ shape: Shape, channels offset: Int) -> Map {
    var view = self
    view.shape = shape
    view.channelOffset += offset
    return view
  }

  /// The first channel of a pixel, counted over all images.
  @inline(__always) func pixel(_ index: Int) -> UnsafeMutableRawPointer {
    storage.base + (index * pixelStride + channelOffset) * elementSize
  }
}
