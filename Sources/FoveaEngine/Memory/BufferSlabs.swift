import Synchronization

/// Buffers that are made while a model loads and live as long as it, cut out of a few large ones.
///
/// These are huge pages: a model's weights then take some dozens of page faults instead of ten thousand, and a
/// few entries of the address cache.
final class BufferSlabs: Sendable {
  private struct Current {
    var slab: AlignedBuffer?
    var used = 0
  }

  private static let slabBytes = 8 << 20
  private let current = Mutex(Current())

  /// Uninitialised memory on a cache line; a buffer of its own where it is large. Throws
  /// `EngineError.outOfMemory`.
  func buffer(byteCount: Int) throws(EngineError) -> AlignedBuffer {
    guard byteCount <= Self.slabBytes / 2 else { return try AlignedBuffer(byteCount: byteCount) }
    return try current.withLock { current throws(EngineError) in
      let size = max(byteCount, 64).roundedToCacheLine
      if current.slab == nil || current.used + size > Self.slabBytes {
        current = Current(slab: try AlignedBuffer(byteCount: Self.slabBytes))
      }
      guard let slab = current.slab else { throw .outOfMemory(bytes: byteCount) }
      defer { current.used += size }
      return AlignedBuffer(slab, offset: current.used, byteCount: size)
    }
  }
}
