import FoveaTestSupport
import FoveaWeights
import Testing

/// Opens bytes and reads every tensor; what is thrown, or `nil`.
private func failure(of bytes: [UInt8]) -> WeightsError? {
  failure { () throws(WeightsError) in try Checkpoint.open(WeightBytes(copying: bytes)) }
}

@Suite struct DamagedFileTests {
  static let files = [
    "ok_zipfile.pt", "views.pt", "every_type.pt", "training.pt", "protocol4.pt", "legacy.pth",
    "legacy_views.pth", "every_type.safetensors", "non_finite.safetensors",
  ].map { "checkpoints/\($0)" }

  @Test(arguments: files)
  func aFileCutAtAnyByteIsRefused(path: String) throws {
    let bytes = try fixtureBytes(path)
    #expect(failure(of: bytes) == nil)
    for length in 0..<bytes.count where failure(of: Array(bytes[..<length])) == nil {
      Issue.record("\(path) is read when cut to \(length) of \(bytes.count) bytes")
    }
  }

  @Test(arguments: files)
  func bytesBehindTheEndAreRefused(path: String) throws {
    #expect(failure(of: try fixtureBytes(path) + [0]) != nil)
  }

  /// Every bit of a record is under its checksum. Of the other bytes only those that say nothing may change:
  /// dates, padding and the versions of the tools that wrote the file.
  @Test(arguments: ["ok_zipfile.pt", "views.pt"].map { "checkpoints/\($0)" })
  func aFlippedBitIsRefusedOrChangesNothing(path: String) throws {
    let bytes = try fixtureBytes(path)
    let intact = try Checkpoint.open(WeightBytes(copying: bytes))
    let values = try intact.entries.map { digest(try intact.floats(of: $0.name)) }
    var accepted = 0
    for bit in 0..<bytes.count * 8 {
      var flipped = bytes
      flipped[bit / 8] ^= 1 << (bit % 8)
      guard let read = try? Checkpoint.open(WeightBytes(copying: flipped)) else { continue }
      accepted += 1
      #expect(try read.entries.map { digest(try read.floats(of: $0.name)) } == values, "bit \(bit)")
      #expect(read.entries.map(\.name) == intact.entries.map(\.name), "bit \(bit)")
    }
    #expect(accepted < bytes.count * 8 / 2, "\(accepted) of \(bytes.count * 8) flips are read")
  }

  @Test func aFlippedBitInARecordIsRefused() throws {
    let bytes = try fixtureBytes("goldens/efficientvit_b_tiny_dims/checkpoint.pth")
    let checkpoint = try Checkpoint.open(WeightBytes(copying: bytes))
    for entry in checkpoint.entries {
      let stored = try checkpoint.withBytes(of: entry.name) { Array($0.prefix(16)) }
      guard stored.count == 16, let place = position(of: stored, in: bytes) else { continue }
      var flipped = bytes
      flipped[place + 7] ^= 0x10
      guard case .checksumMismatch = failure(of: flipped) else {
        Issue.record("a flipped bit of \(entry.name) is read")
        return
      }
    }
  }

  private func position(of pattern: [UInt8], in bytes: [UInt8]) -> Int? {
    let limit = bytes.count - pattern.count
    return bytes.withUnsafeBufferPointer { bytes in
      (0...limit).first { start in
        bytes[start] == pattern[0] && bytes[start..<start + pattern.count].elementsEqual(pattern)
      }
    }
  }
}
