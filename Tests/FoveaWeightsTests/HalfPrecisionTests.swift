import FoveaWeights
import Testing

/// Reads `bits` as a tensor of `type` in a file of its own.
private func values(_ bits: [UInt16], as type: String) throws -> [Float] {
  let data = bits.withUnsafeBytes { Array($0) }
  let header =
    #"{"t":{"dtype":"\#(type)","shape":[\#(bits.count)],"data_offsets":[0,\#(data.count)]}}"#
  let length = withUnsafeBytes(of: UInt64(header.utf8.count), Array.init)
  return try Checkpoint.safetensors(WeightBytes(copying: length + Array(header.utf8) + data)).floats(of: "t")
}

/// The bits that the writer gives `floats` in `type`.
private func bits(_ floats: [Float], as type: ElementType) throws -> [UInt16] {
  let writer = try SafetensorsWriter([TensorEntry(name: "t", elementType: type, shape: [floats.count])])
  var bytes: [UInt8] = []
  try writer.write(to: { bytes += $0 }, values: { _ in floats })
  return bytes.suffix(floats.count * 2).withUnsafeBytes { data in
    (0..<floats.count).map { data.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self) }
  }
}

@Suite struct HalfPrecisionTests {
  #if !(os(macOS) && arch(x86_64))
    @Test func everyHalfIsReadAsTheLanguageReadsIt() throws {
      let all = Array(UInt16.min...UInt16.max)
      for (pattern, value) in zip(all, try values(all, as: "F16")) {
        let expected = Float(Float16(bitPattern: pattern))
        #expect(value.bitPattern == expected.bitPattern || (value.isNaN && expected.isNaN), "\(pattern)")
      }
    }

    @Test func floatsAreWrittenAsTheLanguageRoundsThem() throws {
      var generator = Mutation(seed: 1)
      var floats: [Float] = (0..<200_000).map { _ in
        Float(bitPattern: UInt32.random(in: 0x2F00_0000..<0x477F_E000, using: &generator))
      }
      // Ties between neighbouring halves, of either parity, normal and subnormal.
      floats += (0..<0x7BFF).map { (pattern: UInt16) in
        (Float(Float16(bitPattern: pattern)) + Float(Float16(bitPattern: pattern + 1))) / 2
      }
      for (float, pattern) in zip(floats, try bits(floats, as: .f16)) {
        #expect(pattern == Float16(float).bitPattern, "\(float)")
      }
    }
  #endif

  @Test func everyBrainFloatIsTheUpperHalfOfAFloatAndBack() throws {
    let all = Array(UInt16.min...UInt16.max)
    let floats = try values(all, as: "BF16")
    for (pattern, value) in zip(all, floats) { #expect(value.bitPattern == UInt32(pattern) << 16) }
    let finite = floats.filter(\.isFinite)
    #expect(try bits(finite, as: .bf16) == finite.map { UInt16($0.bitPattern >> 16) })
  }

  @Test func brainFloatsAreRoundedToTheNearestTiesToEven() throws {
    let cases: [(UInt32, UInt16)] = [
      (0x3F80_7FFF, 0x3F80), (0x3F80_8000, 0x3F80), (0x3F80_8001, 0x3F81), (0x3F81_8000, 0x3F82),
      (0xBF81_8000, 0xBF82), (0x0000_8000, 0x0000), (0x0001_8000, 0x0002), (0x7F80_0001, 0x7FC0),
    ]
    let floats = cases.map { Float(bitPattern: $0.0) }
    #expect(try bits(floats, as: .bf16) == cases.map(\.1))
  }
}
