import Dispatch
import Synchronization

/// The results of `body` for 0..<count, in order, made by several threads.
///
/// - Parameter threads: nil takes one a processor.
func concurrentMap<Result: Sendable>(
  _ count: Int, threads: Int?, _ body: @Sendable (Int) -> Result
) -> [Result] {
  guard count > 1, threads != 1 else { return (0..<count).map(body) }
  let results = Mutex([Result?](repeating: nil, count: count))
  let next = Atomic(0)
  DispatchQueue.concurrentPerform(iterations: min(threads ?? count, count)) { _ in
    while true {
      let place = next.wrappingAdd(1, ordering: .relaxed).oldValue
      guard place < count else { return }
      let result = body(place)
      results.withLock { $0[place] = result }
    }
  }
  return results.withLock { $0.compactMap { $0 } }
}
