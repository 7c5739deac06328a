import FoveaEngine
import Synchronization

/// Threads with scratch memory of their own, which take the groups of a pass one after another.
///
/// What a group computes depends on its number alone, and sums of groups are added in their order: the results
/// are the same bits for any number of threads, whichever thread took which group.
final class Workers {
  /// Groups into which a pass is cut at most.
  static let groups = 16

  let pool: ThreadPool
  private let scratch: [AlignedBuffer]
  private let next = Atomic<Int>(0)

  init(pool: ThreadPool, scratchBytes: Int) throws {
    self.pool = pool
    scratch = try (0..<pool.count).map { _ in try AlignedBuffer(byteCount: scratchBytes) }
  }

  /// Calls `body` once for every group, with scratch that no other thread uses meanwhile.
  func run(groups: Int, _ body: (_ group: Int, _ scratch: Scratch) -> Void) {
    guard groups > 1 else { return flushingDenormals { body(0, Scratch(scratch[0])) } }
    next.store(0, ordering: .relaxed)
    pool.run { thread in
      flushingDenormals {
        while true {
          let group = next.wrappingAdd(1, ordering: .relaxed).oldValue
          if group >= groups { return }
          body(group, Scratch(scratch[thread]))
        }
      }
    }
  }
}

/// Scratch memory that is handed out piece by piece.
struct Scratch {
  private var next: UnsafeMutableRawPointer
  private let end: UnsafeMutableRawPointer

  init(_ buffer: AlignedBuffer) {
    next = buffer.base
    end = buffer.base + buffer.byteCount
  }

  /// The next bytes, aligned to a cache line.
  mutating func take(_ byteCount: Int) -> UnsafeMutableRawPointer {
    let start = next
    next += byteCount.roundedToCacheLine
    precondition(next <= end, "a pass takes more scratch than it declared")
    return start
  }

  mutating func floats(_ count: Int) -> UnsafeMutablePointer<Float> {
    take(count * 4).bindMemory(to: Float.self, capacity: count)
  }
}
