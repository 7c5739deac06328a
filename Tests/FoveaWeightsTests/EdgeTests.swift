import FoveaWeights
import Testing

/// The last value that passes, and the one behind it.
@Suite struct EdgeTests {
  @Test func aPickleStacksAsManyValuesAsItsLimitSays() {
    func error(limit: Int) -> WeightsError? {
      var limits = CheckpointLimits()
      limits.stack = limit
      let pickle: [UInt8] = [0x80, 2] + Array("NNNNN00000}.".utf8)
      return failure { () throws(WeightsError) in
        try Checkpoint.open(WeightBytes(copying: pickle), limits: limits)
      }
    }
    #expect(error(limit: 4) == .overLimit(.stack, value: 5, limit: 4))
    guard case .overLimit? = error(limit: 5) else { return }
    Issue.record("five values are over a limit of five")
  }

  /// The offset of the first tensor in its storage, 0, becomes 1.
  @Test func aTensorMayNotEndAnElementBehindItsStorage() throws {
    var archive = StoredArchive(reading: try fixtureBytes("checkpoints/training.pt"))
    var isChanged = false
    archive.replace("data.pkl") { bytes in
      var bytes = bytes
      let zero: [UInt8] = Array("QK".utf8) + [0]
      guard let place = bytes.indices.first(where: { bytes[$0...].starts(with: zero) }) else { return bytes }
      (bytes[place + 2], isChanged) = (1, true)
      return bytes
    }
    try #require(isChanged)
    let bytes = archive.bytes()
    let error = failure { () throws(WeightsError) in try Checkpoint.open(WeightBytes(copying: bytes)) }
    guard case .doesNotFitStorage? = error else {
      Issue.record("read past the storage's end: \(String(describing: error))")
      return
    }
  }

  @Test(arguments: [
    ("F16", [0x00, 0x7C, 0x00, 0x3C, 0x01, 0x7C, 0xFF, 0x7B], 2),
    ("BF16", [0x80, 0x7F, 0x80, 0x3F, 0x80, 0xFF, 0x7F, 0x7F], 2),
    ("F32", [0, 0, 0x80, 0x7F, 0, 0, 0x80, 0x3F, 0, 0, 0xC0, 0xFF, 0xFF, 0xFF, 0x7F, 0x7F], 2),
    ("F64", [0, 0, 0, 0, 0, 0, 0xF0, 0x7F, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xEF, 0x7F], 1),
  ])
  func infinitiesAreNoNumbersAndTheGreatestNumberIs(type: String, data: [UInt8], count: Int) throws {
    let elements = data.count / (type == "F64" ? 8 : type == "F32" ? 4 : 2)
    let text = #"{"a":{"dtype":"\#(type)","shape":[\#(elements)],"data_offsets":[0,\#(data.count)]}}"#
    let bytes = [UInt8(text.utf8.count), 0, 0, 0, 0, 0, 0, 0] + Array(text.utf8) + data
    let found = try Checkpoint.safetensors(WeightBytes(copying: bytes)).nonFiniteTensors()
    #expect(found.map(\.name) == ["a"] && found.map(\.count) == [count])
  }
}
