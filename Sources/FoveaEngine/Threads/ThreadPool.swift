import CFoveaKernels
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Threads that run the same function at once, each with its index; idle ones spin shortly, then sleep.
///
/// Work is divided by the caller from the index alone (a static partition), so that what a thread computes
/// does not depend on timing. One call at a time: callers from several tasks wait for one another.
package final class ThreadPool: @unchecked Sendable {
  /// The caller's thread included.
  package let count: Int

  private typealias Body = (Int) -> Void
  private let state: State
  private let callers = Mutex(())

  /// What the threads share; it outlives the pool until the last thread has left.
  private final class State: @unchecked Sendable {
    let generation = Atomic<Int>(0)
    let remaining = Atomic<Int>(0)
    let sleepers = Atomic<Int>(0)
    let isStopped = Atomic<Bool>(false)
    var body: Body?
    let lock = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    let wake = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

    init() {
      pthread_mutex_init(lock, nil)
      pthread_cond_init(wake, nil)
    }

    deinit {
      pthread_cond_destroy(wake)
      pthread_mutex_destroy(lock)
      wake.deallocate()
      lock.deallocate()
    }
  }

  private final class Start {
    let state: State
    let index: Int
    init(state: State, index: Int) {
      self.state = state
      self.index = index
    }
  }

  /// A pool of a number of threads, the caller's own among them. A thread that the system refuses is missing.
  package init(threads: Int) {
    state = State()
    var started = 1
    while started < threads, Self.spawn(Start(state: state, index: started)) { started += 1 }
    count = started
  }

  deinit {
    state.isStopped.store(true, ordering: .releasing)
    announce()
  }

  /// Runs `body(0)` … `body(count − 1)`, one on each thread, and returns when all have finished.
  package func run(_ body: (Int) -> Void) {
    guard count > 1 else { return body(0) }
    callers.withLock { _ in
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

  /// Spins, and past some tens of microseconds gives the processor to whoever wants it.
  private func waitForOthers() {
    var spins = 0
    while state.remaining.load(ordering: .acquiring) > 0 {
      spins += 1
      if spins < 2_000 { Self.pause() } else { sched_yield() }
    }
  }

  private func announce() {
    state.generation.wrappingAdd(1, ordering: .sequentiallyConsistent)
    guard state.sleepers.load(ordering: .sequentiallyConsistent) > 0 else { return }
    pthread_mutex_lock(state.lock)
    pthread_cond_broadcast(state.wake)
    pthread_mutex_unlock(state.lock)
  }

  private static func spawn(_ start: Start) -> Bool {
    let argument = Unmanaged.passRetained(start)
    #if canImport(Darwin)
      var thread: pthread_t?
      let entry: @convention(c) (UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? = { argument in
        ThreadPool.work(Unmanaged<Start>.fromOpaque(argument).takeRetainedValue())
        return nil
      }
    #else
      var thread = pthread_t()
      let entry: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { argument in
        if let argument { ThreadPool.work(Unmanaged<Start>.fromOpaque(argument).takeRetainedValue()) }
        return nil
      }
    #endif
    guard pthread_create(&thread, nil, entry, argument.toOpaque()) == 0 else {
      argument.release()
      return false
    }
    #if canImport(Darwin)
      if let thread { pthread_detach(thread) }
    #else
      pthread_detach(thread)
    #endif
    return true
  }

  private static func work(_ start: Start) {
    let state = start.state
    var seen = 0
    while true {
      seen = waitForGeneration(after: seen, state)
      if state.isStopped.load(ordering: .acquiring) { return }
      state.body?(start.index)
      state.remaining.wrappingSubtract(1, ordering: .releasing)
    }
  }

  /// Spins for some tens of microseconds, the distance between two steps of a run, then sleeps.
  private static func waitForGeneration(after seen: Int, _ state: State) -> Int {
    for _ in 0..<2_000 {
      let generation = state.generation.load(ordering: .acquiring)
      if generation != seen { return generation }
      pause()
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

  @inline(__always) private static func pause() { fovea_pause() }
}

extension ThreadPool {
  /// The share of one thread when `total` parts are divided in order: at most one part more than another's.
  static func share(of total: Int, thread: Int, threads: Int) -> Range<Int> {
    total * thread / threads..<total * (thread + 1) / threads
  }
}
