import FoveaWeights
import Testing

/// A file with this header and as many zero bytes behind it.
private func file(_ header: String, dataBytes: Int = 4) -> [UInt8] {
  file(Array(header.utf8), dataBytes: dataBytes)
}

private func file(_ header: [UInt8], dataBytes: Int = 4) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header
    + [UInt8](repeating: 0, count: dataBytes)
}

private func open(_ bytes: [UInt8], limits: CheckpointLimits = .standard) throws(WeightsError) -> Checkpoint {
  try Checkpoint.safetensors(WeightBytes(copying: bytes), limits: limits)
}

private func error(_ bytes: [UInt8], limits: CheckpointLimits = .standard) -> WeightsError? {
  failure { () throws(WeightsError) in try open(bytes, limits: limits) }
}

private let tensor = #"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#

@Suite struct SafetensorsHeaderTests {
  @Test(arguments: [
    (#"{"t":\#(tensor),}"#, 54), (#"{"t":\#(tensor)}x"#, 54), (#"{/**/"t":\#(tensor)}"#, 1),
    (#"{"t":{"dtype":"F32","shape":[01],"data_offsets":[0,4]}}"#, 30),
    (#"{"t":{"dtype":"F32","shape":[1,],"data_offsets":[0,4]}}"#, 31),
    (#"{"t":{"dtype":"F32","shape":[4.0],"data_offsets":[0,4]}}"#, 30),
    (#"{"t":{"dtype":"F32","shape":[4e0],"data_offsets":[0,4]}}"#, 30),
    (#"{"t":{"dtype":"F32","shape":[-4],"data_offsets":[0,4]}}"#, 29),
    (#"{"t":{"dtype":"F32","shape":[NaN],"data_offsets":[0,4]}}"#, 29),
    (#"{"t":{"dtype":"F32","shape":"1","data_offsets":[0,4]}}"#, 28),
    (#"{"t":{"dtype":1,"shape":[1],"data_offsets":[0,4]}}"#, 14),
    (#"{"\ud800":\#(tensor)}"#, 2), (#"{"\ud800\u0041":\#(tensor)}"#, 2), (#"{"\udc00":\#(tensor)}"#, 2),
    (#"{"\x41":\#(tensor)}"#, 2), (#"{"\u00g0":\#(tensor)}"#, 2), ("{\"a\u{1}\":\(tensor)}", 3),
    (#"{"t":\#(tensor)"#, 53), (#"{"t""#, 4), ("", 0), ("[]", 0), ("null", 0), ("{\"t\":\(tensor)}\0", 54),
    (#"{"t":null}"#, 5), (#"{"__metadata__":{"a":"b","a":"c"},"t":\#(tensor)}"#, 29),
    (#"{"t":{"extra":[1,2,{"a":tru}],"dtype":"F32"}}"#, 24), (#"{"t":{"extra":-}}"#, 15),
    (#"{"t":{"extra":1.}}"#, 16), (#"{"t":{"extra":1e+}}"#, 17), (#"{"t":{"extra":[}}"#, 15),
  ])
  func aHeaderThatIsNotStrictJSONIsRefusedAtItsByte(header: String, byte: Int) {
    guard case .invalidHeaderJSON(byte, _) = error(file(header)) else {
      Issue.record("\(header): expected byte \(byte), got \(String(describing: error(file(header))))")
      return
    }
  }

  @Test func aHeaderNestedFiftyThousandDeepIsRefusedWithoutRecursion() {
    for open in ["[", #"{"a":"#] {
      let header = #"{"t":{"extra":"# + String(repeating: open, count: 50_000)
      #expect(error(file(header))?.description.contains("nested deeper than 32") == true)
    }
    let nested = String(repeating: "[", count: 30) + String(repeating: "]", count: 30)
    #expect(error(file(#"{"t":{"extra":\#(nested),\#(tensor.dropFirst())}"#)) == nil)
    #expect(error(file(#"{"t":{"extra":[\#(nested)],\#(tensor.dropFirst())}"#)) != nil)
  }

  @Test func unknownFieldsAreSkippedWhateverTheyHold() throws {
    let extra = #""x":[null,true,false,-1.5e-3,"\n",{},[],{"a":[1]}]"#
    let checkpoint = try open(file(#" { "t" : {\#(extra),\#(tensor.dropFirst())} "#))
    #expect(checkpoint.entries.map(\.name) == ["t"])
  }

  @Test func escapesInNamesAndMetadataAreReplaced() throws {
    let header = #"{"__metadata__":{"a\/":"\"\\\b\f\n\r\t"},"é\u00e9\ud83d\ude00":\#(tensor)}"#
    let checkpoint = try open(file(header))
    #expect(checkpoint.metadata == ["a/": "\"\\\u{8}\u{C}\n\r\t"])
    #expect(checkpoint.entries.map(\.name) == ["éé😀"])
  }

  @Test func twoSpellingsOfANameAreOneName() {
    #expect(error(file(#"{"a":\#(tensor),"\u0061":\#(tensor)}"#)) == .duplicateTensor("a"))
  }

  @Test func textThatIsNotUTF8IsRefused() {
    #expect(
      error(file(Array("{\"".utf8) + [0xFF] + Array("\":\(tensor)}".utf8)))
        == .invalidHeaderJSON(byte: 2, reason: "text is not UTF-8"))
  }

  @Test func offsetsMustCoverTheDataExactly() {
    func header(_ first: (Int, Int), _ second: (Int, Int), shape: Int = 1) -> String {
      #"{"a":{"dtype":"F32","shape":[1],"data_offsets":[\#(first.0),\#(first.1)]},"#
        + #""b":{"dtype":"F32","shape":[\#(shape)],"data_offsets":[\#(second.0),\#(second.1)]}}"#
    }
    #expect(error(file(header((0, 4), (4, 8)), dataBytes: 8)) == nil)
    #expect(error(file(header((4, 8), (0, 4)), dataBytes: 8)) == nil)
    #expect(error(file(header((0, 4), (3, 7)), dataBytes: 7)) == .offsetsOverlap(tensor: "b"))
    #expect(error(file(header((0, 4), (0, 4)), dataBytes: 4)) == .offsetsOverlap(tensor: "b"))
    #expect(error(file(header((0, 4), (5, 9)), dataBytes: 9)) == .offsetsLeaveHole(tensor: "b"))
    #expect(error(file(header((1, 5), (5, 9)), dataBytes: 9)) == .offsetsLeaveHole(tensor: "a"))
    #expect(error(file(header((0, 4), (8, 4)), dataBytes: 8)) == .offsetsReversed(tensor: "b"))
    #expect(
      error(file(header((0, 4), (4, 8)), dataBytes: 7))
        == .fileSizeMismatch(tensor: "b", expected: 8, actual: 7))
    #expect(
      error(file(header((0, 4), (4, 8)), dataBytes: 9))
        == .fileSizeMismatch(tensor: "b", expected: 8, actual: 9))
    #expect(
      error(file(header((0, 4), (4, 8), shape: 2), dataBytes: 8))
        == .offsetsMismatchShape(tensor: "b", expected: 8, actual: 4))
    #expect(error(file("{}")) == .fileSizeMismatch(tensor: nil, expected: 0, actual: 4))
  }

  @Test func shapesThatLeaveSixtyFourBitsAreRefused() {
    for shape in ["18446744073709551615", "9223372036854775807", "4294967296,4294967296,4294967296"] {
      let header = #"{"t":{"dtype":"F64","shape":[\#(shape)],"data_offsets":[0,4]}}"#
      #expect(error(file(header)) == .shapeOverflows(tensor: "t"), "\(shape)")
    }
  }

  @Test func bitsThatEndInsideAByteAreRefusedAndWholeOnesOpen() throws {
    func header(_ shape: Int) -> String { #"{"t":{"dtype":"F4","shape":[\#(shape)],"data_offsets":[0,4]}}"# }
    #expect(error(file(header(7))) == .shapeOverflows(tensor: "t"))
    let checkpoint = try open(file(header(8)))
    #expect(throws: WeightsError.unsupportedElementType(tensor: "t", type: .f4)) {
      try checkpoint.floats(of: "t")
    }
  }

  @Test func everyLimitIsItsOwnError() {
    var limits = CheckpointLimits()
    (limits.headerBytes, limits.tensors, limits.headerDepth) = (1000, 2, 3)
    let empty = #"{"dtype":"F32","shape":[0],"data_offsets":[0,0]}"#
    let three = #"{"a":\#(empty),"b":\#(empty),"c":\#(empty)}"#
    #expect(error(file(three, dataBytes: 0), limits: limits) == .overLimit(.tensors, value: 3, limit: 2))
    let long = three + String(repeating: " ", count: 1001 - three.count)
    #expect(error(file(long), limits: limits) == .overLimit(.headerBytes, value: 1001, limit: 1000))
    let deep = #"{"a":{"x":[[]],\#(tensor.dropFirst())}"#
    #expect(error(file(deep), limits: limits)?.description.contains("nested deeper than 3") == true)
    let wide = #"{"t":{"dtype":"F32","shape":[1,1,1,1,1,1,1,1,1],"data_offsets":[0,4]}}"#
    #expect(error(file(wide)) == .overLimit(.rank, value: 9, limit: 8))
    #expect(CheckpointLimits.standard.headerBytes == 100_000_000)
  }

  @Test func namesAreOnlyKeysAndArePrintedEscaped() {
    let bad = WeightsError.duplicateTensor("../\u{1B}[31m\n\u{202E}x")
    #expect(bad.description == #"tensor ../\u{1b}[31m\u{a}\u{202e}x appears twice"#)
    #expect(WeightsError.duplicateTensor("").description == #"tensor "" appears twice"#)
    #expect(WeightsError.noTensor(String(repeating: "x", count: 9999)).description.count < 250)
  }

  @Test func bytesWithAHeaderEndingInTheFileButNoMoreAreRefusedBeforeAllocation() {
    var bytes = file("{}", dataBytes: 0)
    bytes[6] = 0xFF
    #expect(error(bytes) == .headerPastEnd(length: 0xFF_0000_0000_0002, available: 2))
    #expect(error([1, 2, 3]) == .tooShort(count: 3))
  }
}
