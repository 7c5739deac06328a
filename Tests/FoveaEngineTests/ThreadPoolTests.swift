import FoveaEngine
import Foundation
import Synchronization
import Testing

@Suite("Threads") struct ThreadPoolTests {
  @Test("every index runs once a call, however many threads there are", arguments: [1, 2, 3, 32, 100])
  func indices(threads: Int) {
    let pool = ThreadPool(threads: threads)
    let counts = Mutex([Int](repeating: 0, count: pool.count))
    let rounds = 2000
    for _ in 0..<rounds { pool.run { index in counts.withLock { $0[index] += 1 } } }
    #expect(counts.withLock { $0 } == [Int](repeating: rounds, count: pool.count))
    #expect(pool.count == threads)
  }

  #if os(Linux)
    @Test("threads that are more than the processors wait asleep, in one pool or in several")
    func asleep() async {
      await #expect(processExitsWith: .success) {
        let processors = Machine.current.processors
        /// The processor time, in seconds, of a run in which one thread sleeps for half a second.
        func waiting(_ run: () -> Void) -> Double {
          let start = clock()
          run()
          return Double(clock() - start) / Double(CLOCKS_PER_SEC)
        }
        let large = ThreadPool(threads: processors * 8)
        let last = large.count - 1
        let one = waiting { for _ in 0..<5 { large.run { if $0 == last { usleep(100_000) } } } }
        precondition(one < 0.1, "a large pool spins for \(one) s")

        let pools = (0..<4).map { _ in ThreadPool(threads: processors) }
        let several = waiting {
          _ = concurrentMap(pools.count, threads: pools.count) { place in
            for _ in 0..<5 { pools[place].run { if $0 == processors - 1 { usleep(100_000) } } }
          }
        }
        precondition(processors == 1 || several < 0.2, "several pools spin for \(several) s")
      }
    }
  #endif

  @Test("a map of many places keeps their order, with more threads than places and fewer")
  func map() {
    for threads in [1, 2, 7, 64] {
      #expect(concurrentMap(50, threads: threads) { $0 * $0 } == (0..<50).map { $0 * $0 })
      #expect(concurrentMap(0, threads: threads) { $0 } == [])
    }
  }

  #if os(Linux)
    @Test("where the system refuses threads those that there are do all the work")
    func refused() async {
      await #expect(processExitsWith: .success) {
        var space = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)
        let status = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        let used = (Int(status.split(separator: " ").first ?? "") ?? 0) * sysconf(Int32(_SC_PAGESIZE))
        // room for two stacks of the usual 8 MB
        space.rlim_cur = rlim_t(used + (20 << 20))
        setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &space)
        let squares = concurrentMap(100, threads: 64) { $0 * $0 }
        precondition(squares == (0..<100).map { $0 * $0 })
        let pool = ThreadPool(threads: 64)
        precondition(pool.count < 64, "\(pool.count) threads")
        let total = Mutex(0)
        pool.run { index in total.withLock { $0 += index + 1 } }
        precondition(total.withLock { $0 } == pool.count * (pool.count + 1) / 2)
      }
    }
  #endif
}
