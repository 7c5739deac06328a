import FoveaTestSupport
import FoveaWeights
import Testing

/// The file that the writer hands out, and in how many pieces.
private func written(
  _ writer: SafetensorsWriter, values: (TensorEntry) throws -> [Float]
) throws -> (bytes: [UInt8], pieces: Int) {
  var (bytes, pieces) = ([UInt8](), 0)
  try writer.write(
    to: {
      bytes += $0
      pieces += 1
    }, values: values)
  return (bytes, pieces)
}

@Suite struct SafetensorsWriterTests {
  @Test func theFileIsWhatTheFormatSays() throws {
    let writer = try SafetensorsWriter(
      [
        TensorEntry(name: "h", elementType: .f16, shape: [3]),
        TensorEntry(name: "a\"\\\n", elementType: .f32, shape: [1, 2]),
      ], metadata: ["format": "pt", "b": "é"])
    let (bytes, _) = try written(writer) { $0.name == "h" ? [1, -2, 65504] : [0.5, -1] }
    let header =
      #"{"__metadata__":{"b":"é","format":"pt"},"a\"\\\u000a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
      + #""h":{"dtype":"F16","shape":[3],"data_offsets":[8,14]}}"#
    let padding = [UInt8](repeating: 0x20, count: -header.utf8.count & 7)
    let length = withUnsafeBytes(of: UInt64(header.utf8.count + padding.count), Array.init)
    let values: [UInt8] = [0, 0, 0, 0x3F, 0, 0, 0x80, 0xBF, 0, 0x3C, 0, 0xC0, 0xFF, 0x7B]
    #expect(bytes == length + Array(header.utf8) + padding + values)
    #expect(writer.byteCount == bytes.count)
  }

  @Test func everyGoldenSurvivesBeingWritten() throws {
    for path in ["mila_tiny_dims", "efficientvit_seg_b_tiny_dims"] {
      let golden = try Checkpoint.open(path: fixture("goldens/\(path)/golden.safetensors"))
      let writer = try SafetensorsWriter(golden.entries, metadata: golden.metadata)
      let (bytes, _) = try written(writer) { try golden.floats(of: $0.name) }
      let again = try Checkpoint.safetensors(WeightBytes(copying: bytes))
      #expect(again.metadata == golden.metadata)
      for entry in golden.entries {
        #expect(again[entry.name]?.shape == entry.shape)
        #expect(try again.floats(of: entry.name) == golden.floats(of: entry.name))
      }
    }
  }

  @Test func halvesAreRoundedToTheNearestAndComeInPieces() throws {
    let values = (0..<300_000).map { Float($0) * 0.123 - 7 }
    for type in [ElementType.f16, .bf16] {
      let writer = try SafetensorsWriter([TensorEntry(name: "t", elementType: type, shape: [300_000])])
      let (bytes, pieces) = try written(writer) { _ in values }
      #expect(pieces == 4)
      let again = try Checkpoint.safetensors(WeightBytes(copying: bytes)).floats(of: "t")
      let unit: Float = type == .f16 ? 0x1p-11 : 0x1p-8
      let worst = zip(again, values).map { abs($0 - $1) / max(abs($1), 0x1p-14) }.max() ?? 1
      #expect(worst <= unit, "\(type)")
    }
  }

  @Test func aFiniteValueThatWouldBecomeInfiniteIsRefused() throws {
    let writer = try SafetensorsWriter([TensorEntry(name: "t", elementType: .f16, shape: [2])])
    #expect(throws: WeightsError.valueOutOfRange(tensor: "t", value: 70000, type: .f16)) {
      _ = try written(writer) { _ in [1, 70000] }
    }
    let (bytes, _) = try written(writer) { _ in [.infinity, .nan] }
    let again = try Checkpoint.safetensors(WeightBytes(copying: bytes)).floats(of: "t")
    #expect(again[0] == .infinity && again[1].isNaN)
  }

  @Test func whatCannotBeAFileIsRefusedBeforeAnythingIsWritten() {
    let twice = TensorEntry(name: "t", elementType: .f32, shape: [1])
    #expect(throws: WeightsError.duplicateTensor("t")) { try SafetensorsWriter([twice, twice]) }
    #expect(throws: WeightsError.unsupportedElementType(tensor: "t", type: .i64)) {
      try SafetensorsWriter([TensorEntry(name: "t", elementType: .i64, shape: [1])])
    }
    #expect(throws: WeightsError.shapeOverflows(tensor: "t")) {
      try SafetensorsWriter([TensorEntry(name: "t", elementType: .f32, shape: [1 << 40, 1 << 40])])
    }
  }

  @Test func anErrorOfTheSinkEndsTheWriting() throws {
    struct DiskFull: Error {}
    let writer = try SafetensorsWriter([TensorEntry(name: "t", elementType: .f32, shape: [1])])
    #expect(throws: DiskFull.self) {
      try writer.write(to: { _ in throw DiskFull() }, values: { _ in [1] })
    }
  }
}
