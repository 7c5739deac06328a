import Foundation
import FoveaEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Threads that decode and augment ahead of the steps, and hand batches over in the order of the steps.
///
/// They give way to the step's own threads: with a processor a thread they take what is left over, and all of it
/// when a step waits for them.
final class BatchLoader: @unchecked Sendable {
  private let maker: BatchMaker
  private let end: Int
  private let depth: Int
  private let condition = NSCondition()
  // What follows is touched under the condition's lock alone.
  private var nextToMake: Int
  private var nextToTake: Int
  private var made: [Int: Result<Batch, FoveaError>] = [:]
  private var spare: [Batch] = []
  private var isStopped = false
  private var running = 0

  /// Begins to make the batches of steps in a range, `threads` at once where so many fit half a gigabyte.
  init(_ maker: BatchMaker, steps: Range<Int>, threads: Int) {
    let fitting = (512 << 20) / max(1, maker.shape.elements * MemoryLayout<Float>.stride)
    let threads = max(1, min(threads, fitting - 2))
    self.maker = maker
    (nextToMake, nextToTake, end) = (steps.lowerBound, steps.lowerBound, steps.upperBound)
    depth = threads + 2
    condition.lock()
    for _ in 0..<threads where SystemThread.start({ [self] in work() }) { running += 1 }
    condition.unlock()
  }

  /// The next step's batch, as soon as it is ready. Throws where it could not be made.
  ///
  /// The caller makes it himself where no thread is there to do so: the system may have refused them all.
  func next() throws(FoveaError) -> Batch {
    condition.lock()
    while running > 0, made[nextToTake] == nil { condition.wait() }
    let step = nextToTake
    let result = made.removeValue(forKey: step)
    nextToTake += 1
    condition.broadcast()
    condition.unlock()
    if let result { return try result.get() }
    let batch = spareBatch()
    try maker.fill(batch, step: step)
    return batch
  }

  private func spareBatch() -> Batch {
    condition.lock()
    defer { condition.unlock() }
    return spare.popLast() ?? maker.batch()
  }

  /// Takes a batch back, to be filled again.
  func recycle(_ batch: Batch) {
    condition.lock()
    spare.append(batch)
    condition.unlock()
  }

  /// Ends the threads, and waits for them.
  func stop() {
    condition.lock()
    isStopped = true
    condition.broadcast()
    while running > 0 { condition.wait() }
    condition.unlock()
  }

  private func work() {
    #if os(Linux)
      // of a thread, not the process: 0 is the caller
      setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 15)
    #elseif canImport(Darwin)
      pthread_set_qos_class_self_np(QOS_CLASS_UTILITY, 0)
    #endif
    while let (step, batch) = claim() {
      let result: Result<Batch, FoveaError>
      do throws(FoveaError) {
        try maker.fill(batch, step: step)
        result = .success(batch)
      } catch {
        result = .failure(error)
      }
      condition.lock()
      made[step] = result
      condition.broadcast()
      condition.unlock()
    }
    condition.lock()
    running -= 1
    condition.broadcast()
    condition.unlock()
  }

  /// The next step to make a batch for, when there is room for it; nil at the end.
  private func claim() -> (step: Int, batch: Batch)? {
    condition.lock()
    defer { condition.unlock() }
    while !isStopped, nextToMake < end, nextToMake >= nextToTake + depth { condition.wait() }
    guard !isStopped, nextToMake < end else { return nil }
    nextToMake += 1
    return (nextToMake - 1, spare.popLast() ?? maker.batch())
  }
}
