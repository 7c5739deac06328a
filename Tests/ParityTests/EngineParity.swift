import FoveaEngine
import FoveaModels
import FoveaTestSupport
import Testing

/// The instruction sets that this machine has float32 kernels for.
let instructionSets = InstructionSet.allCases.filter { set in
  set.isSupported && [.scalar, .neon, .avx2, .avx512].contains(set)
}

@Suite struct EngineParity {
  @Test(arguments: goldenNames, instructionSets)
  func theEngineGivesTheAuthorsStagesAndLogits(_ name: String, _ set: InstructionSet) throws {
    let golden = try Golden(name)
    let outputs = try golden.outputs()
    for fuses in [true, false] {
      let options = EngineOptions(threads: 2, instructionSet: set, fusesOperations: fuses)
      let engine = try Engine(
        graph: golden.model.graph, parameters: golden.model.parameters, options: options)
      let maps = try engine.run([golden.input()], outputs: outputs.map(\.value))
      for (output, map) in zip(outputs, maps) {
        let deviation = Deviation(map, from: output.recorded)
        #expect(deviation.isWithinParity, "\(name) \(output.name), fused \(fuses): \(deviation)")
      }
    }
  }

  @Test(arguments: goldenNames, instructionSets)
  func oneThreadAndSeveralGiveTheSameBits(_ name: String, _ set: InstructionSet) throws {
    let golden = try Golden(name)
    let outputs = try golden.outputs().map(\.value)
    let maps = try [1, 2, 3].map { threads in
      let options = EngineOptions(threads: threads, instructionSet: set)
      let engine = try Engine(
        graph: golden.model.graph, parameters: golden.model.parameters, options: options)
      return try engine.run([golden.input()], outputs: outputs)
    }
    #expect(maps[0].map { $0.values.map(\.bitPattern) } == maps[1].map { $0.values.map(\.bitPattern) })
    #expect(maps[0].map { $0.values.map(\.bitPattern) } == maps[2].map { $0.values.map(\.bitPattern) })
  }
}
