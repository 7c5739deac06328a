import Foundation
import FoveaTestSupport
import FoveaWeights
import Testing

/// `checkpoints/answers.tsv` says what each hostile or unusual file is answered: path, the format that is asked
/// for, exit status (0 where it is read), message.
@Suite struct HostileFileTests {
  static let answers = (try? table("checkpoints/answers.tsv", titled: false)) ?? []

  @Test(arguments: answers)
  func theFileIsAnsweredWithItsOwnError(answer: [String]) throws {
    let format: Checkpoint.Format? =
      ["safetensors": .safetensors, "torch": .torchArchive, "any": nil][answer[1]] ?? nil
    let error = failure { () throws(WeightsError) in
      try Checkpoint.open(path: fixture(answer[0]), as: format)
    }
    #expect(error?.exitStatus ?? 0 == Int32(answer[2]))
    #expect(error?.description ?? "" == answer[3])
    #expect(error?.description.contains("\n") != true)
  }

  @Test func everyFileOfTheCorporaHasAnAnswer() throws {
    let recorded =
      try table("corpora/expected_safetensors.tsv", titled: true)
      + table("corpora/expected_pickle.tsv", titled: true)
    let answered = Set(Self.answers.map { $0[0] })
    #expect(recorded.count == 51 + 94)
    for row in recorded { #expect(answered.contains("corpora/\(row[0])"), "\(row[0])") }
    for name in try FileManager.default.contentsOfDirectory(atPath: fixture("checkpoints"))
    where name.hasPrefix("bad_") {
      #expect(answered.contains("checkpoints/\(name)"), "\(name)")
    }
  }

  @Test func everyFileCalledBadIsRefusedAndEveryOneCalledOkIsRead() {
    for answer in Self.answers {
      let name = answer[0].split(separator: "/").last ?? ""
      if name.hasPrefix("bad_") || name.hasPrefix("malicious") { #expect(answer[2] != "0", "\(name)") }
      if name.hasPrefix("ok_") { #expect(answer[2] == "0", "\(name)") }
    }
  }

  @Test func nothingThatAPickleAsksForIsMade() {
    #expect(!FileManager.default.fileExists(atPath: "fovea_pwned"))
    #expect(!FileManager.default.fileExists(atPath: "/tmp/fovea_pwned"))
  }

  @Test func aMillionInstructionsAreTooMany() {
    let pickle: [UInt8] = [0x80, 2] + (0..<500_000).flatMap { _ in Array("N0".utf8) } + Array("}.".utf8)
    let error = failure { () throws(WeightsError) in try Checkpoint.open(WeightBytes(copying: pickle)) }
    #expect(error == .overLimit(.opcodes, value: 1_000_001, limit: 1_000_000))
  }

  @Test func everyLimitOfAPickleIsItsOwnError() throws {
    func error(_ change: (inout CheckpointLimits) -> Void) -> WeightsError? {
      var limits = CheckpointLimits()
      change(&limits)
      return failure { () throws(WeightsError) in
        try Checkpoint.open(path: fixture("checkpoints/training.pt"), limits: limits)
      }
    }
    #expect(error { $0.opcodes = 100 } == .overLimit(.opcodes, value: 101, limit: 100))
    #expect(error { $0.stack = 3 } == .overLimit(.stack, value: 4, limit: 3))
    #expect(error { $0.memo = 5 } == .overLimit(.memo, value: 6, limit: 5))
    #expect(error { $0.depth = 2 } == .overLimit(.depth, value: 3, limit: 2))
    #expect(error { $0.tensors = 2 } == .overLimit(.tensors, value: 3, limit: 2))
    #expect(error { $0.rank = 3 } == .overLimit(.rank, value: 4, limit: 3))
    #expect(error { $0.members = 3 } == .overLimit(.members, value: 13, limit: 3))
    guard case .overLimit(.pickleBytes, _, limit: 99) = error({ $0.pickleBytes = 99 }) else {
      Issue.record("a pickle of more bytes than the limit was read")
      return
    }
  }
}
