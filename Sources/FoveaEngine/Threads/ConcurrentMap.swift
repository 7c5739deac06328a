import Synchronization

/// The results of `body` for 0..<count, in order, made by several threads.
///
/// Where the system refuses threads, those that there are do the work.
///
/// - Parameters:
///   - threads: nil takes one a processor.
///   - state: what each thread keeps from one call to the next.
package func concurrentMap<State, Result: Sendable>(
  _ count: Int, threads: Int?, state make: @Sendable () -> State,
  _ body: @Sendable (Int, inout State) -> Result
) -> [Result] {
  guard count > 1, threads != 1 else {
    var state = make()
    return (0..<count).map { body($0, &state) }
  }
  let results = Mutex([Result?](repeating: nil, count: count))
  let next = Atomic(0)
  ThreadPool(threads: min(threads ?? Machine.current.processors, count)).run { _ in
    var state = make()
    while true {
      let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard place < count else { return }
      let result = body(place, &state)
      results.withLock { $0[place] = result }
    }
  }
  return results.withLock { $0.compactMap { $0 } }
}

/// The results of `body` for 0..<count, in order, made by several threads that keep nothing.
package func concurrentMap<Result: Sendable>(
  _ count: Int, threads: Int?, _ body: @Sendable (Int) -> Result
) -> [Result] {
  concurrentMap(count, threads: threads, state: {}) { place, _ in body(place) }
}
