import CFoveaKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that run the same function at once, each with its index.
///
/// Work is divided by the caller from the index alone (a static partition), so that what a thread computes
/// does not depend on timing. One call at a time: callers from several tasks wait for one another.
///
/// Who waits spins shortly, then sleeps. Where more threads are at work than there are processors, of this pool or
/// of all pools together, he sleeps at once: he would spin in the place of the thread that he waits for.
package final class ThreadPool: @unchecked Sendable {
  /// The caller's thread included.
  package let count: Int

  private typealias Body = (Int) -> Void
  private let state: State
  private let callers = Mutex(())

  /// Threads of all pools that are in a run.
  private static let atWork = Atomic<Int>(0)
  /// Turns of a spin: some tens of microseconds, the distance between two steps of a run.
  private static let spins = 2_000

  /// What the threads share; it outlives the pool until the last thread has left.
  private final class State: @unchecked Sendable {
    let generation = Atomic<Int>(0)
    let remaining = Atomic<Int>(0)
    let sleepers = Atomic<Int>(0)
    let isCallerAsleep = Atomic<Bool>(false)
    let isStopped = Atomic<Bool>(false)
    let threads: Int
    let processors = Machine.current.processors
    var body: Body?
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    /// Told to the threads when there is work.
    let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    /// Told to the caller when the last thread has finished.
    let done = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init(threads: Int) {
      self.threads = threads
      pthread_mutex_init(lock, nil)
      pthread_cond_init(wake, nil)
      pthread_cond_init(done, nil)
    }

    deinit {
      pthread_cond_destroy(done)
      pthread_cond_destroy(wake)
      pthread_mutex_destroy(lock)
      done.deallocate()
      wake.deallocate()
      lock.deallocate()
    }

    /// Whether a thread that spins takes a processor from one at work.
    var isCrowded: Bool {
      threads > processors || ThreadPool.atWork.load(ordering: .relaxed) > processors
    }
  }

  /// A pool of a number of threads, the caller's own among them. A thread that the system refuses is missing.
  package init(threads: Int) {
    let state = State(threads: threads)
    var started = 1
    while started < threads {
      let index = started
      guard SystemThread.start({ Self.work(state, index) }) else { break }
      started += 1
    }
    (self.state, count) = (state, started)
  }

  deinit {
    state.isStopped.store(true, ordering: .releasing)
    announce()
  }

  /// Runs `body(0)` … `body(count − 1)`, one on each thread, and returns when all have finished.
  package func run(_ body: (Int) -> Void) {
    guard count > 1 else { return body(0) }
    callers.withLock { _ in
      Self.atWork.wrappingAdd(count, ordering: .relaxed)
      defer { Self.atWork.wrappingSubtract(count, ordering: .relaxed) }
      withoutActuallyEscaping(body) { body in
        state.body = body
        state.remaining.store(count - 1, ordering: .relaxed)
        announce()
        body(0)
        waitForOthers()
        state.body = nil
      }
    }
  }

  /// Spins, then gives the processor to whoever wants it; sleeps where threads are many.
  private func waitForOthers() {
    var turns = 0
    while state.remaining.load(ordering: .acquiring) > 0 {
      guard !state.isCrowded else { return sleepUntilDone() }
      turns += 1
      if turns < Self.spins { fovea_pause() } else { sched_yield() }
    }
  }

  private func sleepUntilDone() {
    pthread_mutex_lock(state.lock)
    state.isCallerAsleep.store(true, ordering: .sequentiallyConsistent)
    while state.remaining.load(ordering: .sequentiallyConsistent) > 0 {
      pthread_cond_wait(state.done, state.lock)
    }
    state.isCallerAsleep.store(false, ordering: .relaxed)
    pthread_mutex_unlock(state.lock)
  }

  private func announce() {
    state.generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    guard state.sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(state.lock)
    pthread_cond_broadcast(state.wake)
    pthread_mutex_unlock(state.lock)
  }

  private static func work(_ state: State, _ index: Int) {
    var seen = 0
    while true {
      seen = waitForGeneration(after: seen, state)
      if state.isStopped.load(ordering: .acquiring) { return }
      state.body?(index)
      let left = state.remaining.wrappingSubtract(1, ordering: .sequentiallyConsistent).newValue
      guard left == 0, state.isCallerAsleep.load(ordering: .sequentiallyConsistent) else { continue }
      pthread_mutex_lock(state.lock)
      pthread_cond_signal(state.done)
      pthread_mutex_unlock(state.lock)
    }
  }

  /// Spins while threads are few, then sleeps.
  private static func waitForGeneration(after seen: Int, _ state: State) -> Int {
    for _ in 0..<spins {
      let generation = state.generation.load(ordering: .acquiring)
      if generation != seen { return generation }
      if state.isCrowded { break }
      fovea_pause()
    }
    pthread_mutex_lock(state.lock)
    defer { pthread_mutex_unlock(state.lock) }
    state.sleepers.wrappingAdd(1, ordering: .sequentiallyConsistent)
    defer { state.sleepers.wrappingSubtract(1, ordering: .sequentiallyConsistent) }
    while true {
      let generation = state.generation.load(ordering: .sequentiallyConsistent)
      if generation != seen { return generation }
      pthread_cond_wait(state.wake, state.lock)
    }
  }
}

extension ThreadPool {
  /// The share of one thread when `total` parts are divided in order: at most one part more than another's.
  static func share(of total: Int, thread: Int, threads: Int) -> Range<Int> {
    total * thread / threads..<total * (thread + 1) / threads
  }
}
