import Foundation
import FoveaTestSupport
import FoveaWeights
import Testing

@Suite struct CheckpointTests {
  private func open(_ name: String, averaged: Bool = false) throws -> Checkpoint {
    try Checkpoint.open(path: fixture("checkpoints/\(name)"), averaged: averaged)
  }

  @Test func theStateDictIsTakenAndWhatIsLeftIsSaid() throws {
    let training = try open("training.pt")
    #expect(training.format == .torchArchive)
    #expect(training.entries.map(\.name) == ["stem.weight", "stem.bias", "head.weight"])
    #expect(
      training.notes == [
        "took the weights under model",
        "left out model_ema, epoch, max_accuracy, optimizer, args, config, history, big, nothing",
      ])
    #expect(try open("nested_twice.pt").notes == ["took the weights under model.state_dict"])
    #expect(try open("legacy.pth").format == .torchPickle)
    #expect(try open("module_state_dict.pt").notes == [])
  }

  @Test func theAveragedWeightsAreTakenWhenAskedFor() throws {
    for name in ["training.pt", "legacy.pth", "state_dict_and_ema.pt"] {
      let (plain, averaged) = (try open(name), try open(name, averaged: true))
      #expect(averaged.entries.map(\.name) == plain.entries.map(\.name))
      #expect(try averaged.floats(of: "stem.bias") != plain.floats(of: "stem.bias"))
      #expect(averaged.notes.first?.hasSuffix("_ema") == true)
    }
    for name in ["views.pt", "every_type.safetensors"] {
      #expect(throws: WeightsError.noAveragedWeights) { try open(name, averaged: true) }
    }
  }

  @Test(arguments: [
    ("wrapped_net.pt", "net"), ("wrapped_model_state_dict.pt", "model_state_dict"),
    ("wrapped_deep.pt", "run.checkpoint.weights_at_best"), ("wrapped_ema_alone.pt", "ema.shadow"),
    ("wrapped_ema_beside.pt", "model.module"),
  ])
  func theWeightsAreFoundWhereverTheyAreWhateverLiesBeside(file: String, place: String) throws {
    let found = try open(file)
    #expect(found.entries.map(\.name) == ["stem.weight", "stem.bias", "head.weight"])
    #expect(found.notes.first == "took the weights under \(place)")
    let expected = try open("training.pt")
    for entry in found.entries {
      #expect(try found.floats(of: entry.name) == expected.floats(of: entry.name))
    }
    let beside = ["acc", "best", "curve", "rng", "when", "optimizer", "loss"]
    let told = found.notes.joined(separator: "; ")
    #expect(beside.allSatisfy(told.contains), "\(told)")
  }

  @Test func theAveragesBesideTheWeightsAreTakenWhenAskedForWhereverTheyAre() throws {
    let averaged = try open("wrapped_ema_beside.pt", averaged: true)
    #expect(averaged.notes.first == "took the weights under ema.module")
    #expect(
      try averaged.floats(of: "stem.bias") == open("training.pt", averaged: true).floats(of: "stem.bias"))
    #expect(
      try open("wrapped_ema_alone.pt", averaged: true).notes.first == "took the weights under ema.shadow")
    #expect(throws: WeightsError.noAveragedWeights) { try open("wrapped_net.pt", averaged: true) }
  }

  @Test func twoStateDictsOfWhichNoNameTellsAreAnErrorThatNamesBoth() {
    let error = failure { () throws(WeightsError) in
      try Checkpoint.open(path: fixture("checkpoints/bad_two_alike.pt"))
    }
    #expect(error == .severalStateDicts(["student", "teacher"]))
  }

  @Test func tensorsWithNaNOrInfinityAreNamedWithTheirCount() throws {
    let found = try open("non_finite.safetensors").nonFiniteTensors()
    #expect(found.sorted { $0.name < $1.name }.map { "\($0.name) \($0.count)" } == ["odd 2", "odd_half 2"])
    #expect(try open("views.pt").nonFiniteTensors().isEmpty)
  }

  @Test func everyNonZeroByteIsTrue() throws {
    let path = "corpora/safetensors_bad/derived/q_bool_value_2.safetensors"
    let checkpoint = try Checkpoint.open(path: fixture(path))
    let stored = try checkpoint.withBytes(of: "t") { Array($0) }
    #expect(try checkpoint.floats(of: "t") == stored.map { $0 == 0 ? 0 : 1 })
    #expect(stored.contains(2))
  }

  @Test func aTensorIsReadIntoMemoryThatTheCallerHas() throws {
    let checkpoint = try open("views.pt")
    for entry in checkpoint.entries {
      let read = try [Float](unsafeUninitializedCapacity: entry.count) { floats, count in
        try checkpoint.read(entry.name, into: UnsafeMutableBufferPointer(rebasing: floats[..<entry.count]))
        count = entry.count
      }
      #expect(try read == checkpoint.floats(of: entry.name), "\(entry.name)")
      let stored = try checkpoint.withBytes(of: entry.name) { $0.count }
      #expect(stored == entry.count * entry.elementType.bitWidth / 8)
    }
    #expect(throws: WeightsError.noTensor("none")) { try checkpoint.floats(of: "none") }
  }

  @Test func aFileAndItsBytesInMemoryHoldTheSameValues() throws {
    for name in ["goldens/mila_tiny_dims/checkpoint.pth", "checkpoints/legacy.pth", "checkpoints/views.pt"] {
      let file = try Checkpoint.open(path: fixture(name))
      let memory = try Checkpoint.open(WeightBytes(copying: fixtureBytes(name)))
      #expect(file.entries == memory.entries)
      for entry in file.entries {
        #expect(try file.floats(of: entry.name) == memory.floats(of: entry.name), "\(entry.name) of \(name)")
      }
    }
  }

  @Test func oneCheckpointIsReadFromManyTasksAtOnce() async throws {
    let checkpoint = try Checkpoint.open(path: fixture("goldens/mila_tiny_dims/checkpoint.pth"))
    let expected = try checkpoint.entries.map { digest(try checkpoint.floats(of: $0.name)) }
    try await withThrowingTaskGroup(of: [String].self) { group in
      for _ in 0..<8 {
        group.addTask { try checkpoint.entries.map { digest(try checkpoint.floats(of: $0.name)) } }
      }
      for try await digests in group { #expect(digests == expected) }
    }
  }

  @Test func bytesInsideTheProgramAreReadWithoutACopy() throws {
    let bytes = try fixtureBytes("checkpoints/every_type.safetensors")
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: bytes.count, alignment: 1)
    defer { memory.deallocate() }
    memory.copyBytes(from: bytes)
    let embedded = WeightBytes(embedded: UnsafeRawBufferPointer(memory))
    let checkpoint = try Checkpoint.safetensors(embedded)
    let address = try checkpoint.withBytes(of: "t_F32") { $0.baseAddress.map(UInt.init(bitPattern:)) ?? 0 }
    let start = UInt(bitPattern: memory.baseAddress)
    #expect((start..<start + UInt(bytes.count)).contains(address))
    #expect(try checkpoint.floats(of: "t_F32").prefix(4) == [0, 0, 1, -2.5])
  }

  @Test func whatIsNoFileCannotBeOpened() throws {
    func error(_ path: String) -> WeightsError? {
      failure { () throws(WeightsError) in try Checkpoint.open(path: path) }
    }
    #expect(error(fixture("none.pth")) == .cannotOpen(reason: "No such file or directory"))
    #expect(error(fixture("goldens")) == .notARegularFile(isDirectory: true))
    #expect(error("/dev/null") == .notARegularFile(isDirectory: false))
    #expect(error(fixture("goldens"))?.exitStatus == 66)
  }

  @Test func filesOfOtherKindsAreCalledByTheirName() {
    func error(_ bytes: [UInt8], as format: Checkpoint.Format? = nil) -> WeightsError? {
      failure { () throws(WeightsError) in try Checkpoint.open(WeightBytes(copying: bytes), as: format) }
    }
    let rest = [UInt8](repeating: 0x41, count: 600)
    #expect(error(Array("version https://git-lfs.github.com/spec/v1\n".utf8)) == .foreign(.gitLFSPointer))
    #expect(error(Array("\n <!DOCTYPE HTML><p>".utf8)) == .foreign(.html))
    #expect(error(Array("GGUF".utf8) + rest) == .foreign(.gguf))
    #expect(error([0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) == .foreign(.hdf5))
    #expect(error(rest) == .foreign(.unknown))
    var tar = rest
    tar.replaceSubrange(257..<262, with: "ustar".utf8)
    #expect(error(tar) == .foreign(.tar))
    #expect(error(tar)?.exitStatus == 69)
    #expect(error([0x50, 0x4B, 3, 4], as: .safetensors) == .foreign(.zip))
    #expect(error([0x80, 2, 0x7D, 0x2E], as: .safetensors) == .foreign(.pickle))
    #expect(error([]) == .emptyFile)
    #expect(WeightsError.foreign(.gitLFSPointer).hint != nil)
  }
}
