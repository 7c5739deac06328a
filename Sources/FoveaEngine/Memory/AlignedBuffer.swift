#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory aligned to cache lines, and to huge pages where it is large; freed with its owner.
///
/// Unchecked: whoever holds it decides who writes; weights are written once before they are shared.
package final class AlignedBuffer: @unchecked Sendable {
  package let base: UnsafeMutableRawPointer
  package let byteCount: Int
  /// The buffer that this one is a part of, which frees it.
  private let whole: AlignedBuffer?

  /// Uninitialised memory of at least one cache line. Throws `EngineError.outOfMemory`.
  package init(byteCount: Int) throws(EngineError) {
    let hugePage = 2 << 20
    let isLarge = byteCount >= 2 * hugePage
    var pointer: UnsafeMutableRawPointer?
    guard posix_memalign(&pointer, isLarge ? hugePage : 64, max(byteCount, 64)) == 0, let pointer else {
      throw .outOfMemory(bytes: byteCount)
    }
    #if os(Linux)
      if isLarge { _ = madvise(pointer, byteCount, 14 /* MADV_HUGEPAGE */) }
    #endif
    base = pointer
    whole = nil
    self.byteCount = byteCount
  }

  /// A part of a buffer, from a multiple of a cache line on.
  init(_ whole: AlignedBuffer, offset: Int, byteCount: Int) {
    precondition(
      offset.isMultiple(of: 64) && offset + byteCount <= whole.byteCount, "a part lies in its whole")
    base = whole.base + offset
    self.whole = whole
    self.byteCount = byteCount
  }

  /// A copy of floats, padded with zeros to a number of elements.
  package convenience init(_ values: [Float], padded count: Int = 0) throws(EngineError) {
    let total = max(values.count, count)
    try self.init(byteCount: total * MemoryLayout<Float>.stride)
    let floats = base.bindMemory(to: Float.self, capacity: total)
    floats.initialize(repeating: 0, count: total)
    values.withUnsafeBufferPointer { source in
      if let start = source.baseAddress { floats.update(from: start, count: values.count) }
    }
  }

  deinit { if whole == nil { free(base) } }

  package var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

extension Int {
  /// The next multiple of 64, the size of a cache line.
  package var roundedToCacheLine: Int { (self + 63) & ~63 }

  /// Elements from a pixel of so many channels to the next.
  ///
  /// A matrix tile reads a dozen pixels side by side. Where they lie a large power of two apart they would all
  /// fall into the same few sets of the first-level cache, so a cache line is put between them.
  package func paddedStride(elementSize: Int) -> Int {
    let bytes = self * elementSize
    return bytes >= 2048 && bytes.isMultiple(of: 1024) ? self + 64 / elementSize : self
  }

  /// The next multiple of a number.
  package func rounded(toMultipleOf step: Int) -> Int { (self + step - 1) / step * step }
}
