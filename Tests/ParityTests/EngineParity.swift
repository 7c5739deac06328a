import FoveaEngine
import FoveaModels
import FoveaTestSupport
import Testing

/// Kernels that this machine runs: an instruction set at a precision.
struct Kernels: CustomTestStringConvertible, Sendable {
  let set: InstructionSet
  let precision: Precision

  var testDescription: String { "\(set.rawValue) \(precision.rawValue)" }

  static let all = Precision.allCases.flatMap { precision in
    InstructionSet.allCases.filter { $0.isSupported(at: precision) }
      .map { Kernels(set: $0, precision: precision) }
  }

  func options(threads: Int, fusesOperations: Bool = true) -> EngineOptions {
    EngineOptions(
      threads: threads, precision: precision, instructionSet: set, fusesOperations: fusesOperations)
  }
}

@Suite struct EngineParity {
  @Test(arguments: goldenNames, Kernels.all)
  func theEngineGivesTheAuthorsStagesAndLogits(_ name: String, _ kernels: Kernels) throws {
    let golden = try Golden(name)
    for fuses in [true, false] {
      let engine = try golden.engine(kernels.options(threads: 2, fusesOperations: fuses))
      try golden.expectParity("\(kernels.testDescription), fused \(fuses)", at: kernels.precision) {
        try engine.run($0, outputs: $1)
      }
    }
  }

  @Test(arguments: goldenNames, Kernels.all)
  func oneThreadAndSeveralGiveTheSameBits(_ name: String, _ kernels: Kernels) throws {
    let golden = try Golden(name)
    let outputs = try golden.outputs().map(\.value)
    let maps = try [1, 2, 3].map { threads in
      try golden.engine(kernels.options(threads: threads)).run([golden.input()], outputs: outputs)
        .map { $0.values.map(\.bitPattern) }
    }
    #expect(maps[0] == maps[1])
    #expect(maps[0] == maps[2])
  }
}
