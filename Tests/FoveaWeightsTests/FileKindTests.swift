import Foundation
import FoveaTestSupport
import FoveaWeights
import Testing

/// What a file is must not depend on what the length that begins a safetensors file looks like.
@Suite struct FileKindTests {
  /// Bytes of a safetensors file with a header of `length` bytes, which begins as `start` and is filled with spaces.
  private final class File {
    let memory: UnsafeMutableRawBufferPointer
    init(longest: Int) {
      memory = .allocate(byteCount: 8 + longest, alignment: 8)
      memory.initializeMemory(as: UInt8.self, repeating: 0x20)
    }
    deinit { memory.deallocate() }

    func opened(_ start: String, _ length: Int, as format: Checkpoint.Format? = nil) -> WeightsError? {
      memory.storeBytes(of: UInt64(length).littleEndian, as: UInt64.self)
      for (index, byte) in start.utf8.enumerated() { memory[8 + index] = byte }
      let file = UnsafeRawBufferPointer(rebasing: memory[..<(8 + length)])
      return failure { () throws(WeightsError) in
        try Checkpoint.open(WeightBytes(embedded: file), as: format)
      }
    }
  }

  @Test func everyLengthOfAHeaderIsSafetensorsWhateverItsBytesAreOtherwise() {
    let file = File(longest: 200_000)
    // a header that is wrong at its second byte: whoever says so has taken the file for safetensors, in O(1)
    for length in 8...200_000 {
      guard case .invalidHeaderJSON(1, _) = file.opened("{x", length) else {
        Issue.record("a header of \(length) bytes is taken for another file")
        return
      }
    }
  }

  @Test func aLengthThatSpellsAZipAPickleOrAPageIsReadWhole() {
    let file = File(longest: 200_000)
    // PK, a pickle of protocol 2 to 5, <h, the first bytes of HDF5, and lengths beside them
    let lengths =
      [0x4B50, 0x1_4B50, 0x2_4B50, 0x0280, 0x0380, 0x0480, 0x0580, 0x1_0280, 0x683C, 0x213C, 0x4889, 0x5547]
      + [8, 9, 100, 65_535, 65_536, 199_999, 200_000]
    for length in lengths.flatMap({ [$0 - 1, $0, $0 + 1] }) where (8...200_000).contains(length) {
      #expect(file.opened("{}", length) == nil, "\(length)")
      #expect(file.opened("{}", length, as: .safetensors) == nil, "\(length)")
      #expect(file.opened("{}", length, as: .torchArchive) == .foreign(.safetensors), "\(length)")
    }
  }

  @Test func aTextInsideTheHeaderMakesNoTarOfIt() throws {
    let name = String(repeating: "a", count: 257 - 8 - 2) + "ustar"
    let header = #"{"\#(name)":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}}"#
    let file = File(longest: header.utf8.count)
    #expect(file.opened(header, header.utf8.count) == nil)
    #expect(file.memory[257..<262].elementsEqual("ustar".utf8))
  }

  @Test func everyPrefixOfAnArchiveOrAPickleIsNeverSafetensors() throws {
    for name in ["training.pt", "legacy.pth", "protocol4.pt"] {
      let bytes = try fixtureBytes("checkpoints/\(name)")
      for count in stride(from: 4, through: bytes.count, by: max(1, bytes.count / 200)) {
        let error = failure { () throws(WeightsError) in
          try Checkpoint.open(WeightBytes(copying: bytes[..<count]), as: .safetensors)
        }
        #expect(
          [.foreign(.zip), .foreign(.pickle)].contains(error),
          "\(name) \(count): \(String(describing: error))")
      }
    }
  }
}
