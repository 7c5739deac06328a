import FoveaEngine
import Foundation
import FoveaGraph
import Testing

@Suite struct EngineThreadTests {
  @Test("Several tasks share an engine, and each gets its own answer", arguments: [1, 2, 3])
  func tasks(threads: Int) async throws {
    let (graph, output) = EngineMemoryTests.network()
    let engine = try Engine(
      graph: graph, parameters: SeededParameters(), options: EngineOptions(threads: threads))
    let maps = (0..<16).map {
      FeatureMap(random: $0 % 2 == 0 ? map(40, 52, 3) : map(64, 31, 3), seed: UInt64($0))
    }
    let expected = try maps.map { try engine.run([$0], outputs: [output])[0] }
    let results = try await withThrowingTaskGroup(of: (Int, FeatureMap).self) { group in
      for (index, map) in maps.enumerated() {
        group.addTask { (index, try engine.run([map], outputs: [output])[0]) }
      }
      return try await group.reduce(into: [Int: FeatureMap]()) { $0[$1.0] = $1.1 }
    }
    for index in maps.indices {
      #expect(results[index]?.isIdentical(to: expected[index]) == true, "task \(index)")
    }
  }

  @Test("An engine takes the threads it was told, at least one")
  func count() throws {
    let graph = GraphBuilder().graph()
    for (threads, expected) in [(1, 1), (4, 4), (0, 1), (-3, 1)] {
      let options = EngineOptions(threads: threads)
      let engine = try Engine(graph: graph, parameters: SeededParameters(), options: options)
      #expect(engine.threads == expected)
    }
  }

  #if os(Linux)
    @Test("Dropped engines leave no thread behind, used or not")
    func leaks() async {
      await #expect(processExitsWith: .success) {
        func threadCount() throws -> Int {
          try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count
        }
        let (graph, output) = EngineMemoryTests.network()
        let before = try threadCount()
        for round in 0..<200 {
          let options = EngineOptions(threads: 4)
          let engine = try Engine(graph: graph, parameters: SeededParameters(), options: options)
          if round.isMultiple(of: 2) {
            _ = try engine.run([FeatureMap(random: map(20, 20, 3))], outputs: [output])
          }
        }
        for _ in 0..<200 where try threadCount() > before { usleep(50_000) }
        let after = try threadCount()
        precondition(after <= before, "\(after) threads, \(before) before")
      }
    }

    @Test("A run takes the memory that was foretold, and idle threads no time")
    func measured() async {
      await #expect(processExitsWith: .success) {
        /// A line of the process's status, in bytes.
        func status(_ name: String) throws -> Int {
          let lines = try String(contentsOfFile: "/proc/self/status", encoding: .utf8).split(separator: "\n")
          let words = lines.first { $0.hasPrefix(name) }?.split(separator: " ") ?? []
          return (Int(words.dropFirst().first ?? "") ?? 0) << 10
        }
        let (graph, output) = EngineMemoryTests.network()
        let options = EngineOptions(threads: 2)
        let engine = try Engine(graph: graph, parameters: SeededParameters(), options: options)
        let input = FeatureMap(random: map(1024, 1024, 3))
        let small = try engine.run([FeatureMap(random: map(32, 32, 3))], outputs: [output])
        precondition(small.count == 1)
        let peak = try engine.peakMemory(inputs: [input.shape], outputs: [output])
        let before = try status("VmRSS")
        let result = try engine.run([input], outputs: [output])
        let taken = try status("VmHWM") - before - result[0].values.count * 4
        precondition(taken < peak + peak / 4 + (8 << 20), "\(taken) taken, \(peak) foretold")
        precondition(taken > peak / 2, "\(taken) taken, \(peak) foretold")
        usleep(100_000)
        let start = clock()
        usleep(500_000)
        precondition(clock() - start < CLOCKS_PER_SEC / 10, "idle threads are at work")
      }
    }
  #endif
}
