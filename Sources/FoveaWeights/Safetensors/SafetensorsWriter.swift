/// Writes tensors as a safetensors file, one at a time, to wherever the caller wants the bytes.
///
/// The header comes first and needs only names, types and shapes; the values are asked for in turn, so that
/// memory is bounded by the largest tensor and not by the file.
public struct SafetensorsWriter: Sendable {
  /// The tensors in the order in which their values are asked for: wide types first, so that all are aligned.
  public let entries: [TensorEntry]
  private let header: [UInt8]

  /// Prepares to write `entries`, whose types must be f32, f16 or bf16, and texts that go with them.
  ///
  /// - Throws: `WeightsError.duplicateTensor`, `unsupportedElementType` or `shapeOverflows`.
  public init(_ entries: [TensorEntry], metadata: [String: String] = [:]) throws(WeightsError) {
    var names: Set<String> = []
    for entry in entries {
      guard [.f32, .f16, .bf16].contains(entry.elementType) else {
        throw .unsupportedElementType(tensor: entry.name, type: entry.elementType)
      }
      guard names.insert(entry.name).inserted else { throw .duplicateTensor(entry.name) }
      guard let count = elementCount(of: entry.shape), entry.elementType.byteCount(of: count) != nil else {
        throw .shapeOverflows(tensor: entry.name)
      }
    }
    self.entries = entries.filter { $0.elementType == .f32 } + entries.filter { $0.elementType != .f32 }
    header = Self.header(of: self.entries, metadata: metadata)
  }

  /// The size of the file that will be written, in bytes.
  public var byteCount: Int {
    entries.reduce(header.count) { $0 + $1.count * $1.elementType.bitWidth / 8 }
  }

  /// Hands the file to `sink` piece by piece, in order, asking `values` for each tensor's floats.
  ///
  /// - Parameter values: the values of a tensor in row-major order, exactly as many as its shape says.
  /// - Throws: `WeightsError.valueOutOfRange` for a finite value that the type cannot hold, and whatever
  ///   `values` and `sink` throw.
  /// - Complexity: O(bytes); memory is a tensor's floats and 256 KB.
  public func write(
    to sink: (UnsafeRawBufferPointer) throws -> Void, values: (TensorEntry) throws -> [Float]
  ) throws {
    try withoutActuallyEscaping(values) { values in
      try write(to: sink) { entry, piece in try values(entry).withUnsafeBufferPointer(piece) }
    }
  }

  /// Hands the file to `sink` piece by piece, in order, each tensor's floats coming in pieces too.
  ///
  /// - Parameter pieces: calls its second argument with the values of a tensor in row-major order, as many at
  ///   a time as it likes and exactly as many in all as its shape says.
  /// - Throws: as `write(to:values:)` does.
  /// - Complexity: O(bytes); memory is 256 KB.
  public func write(
    to sink: (UnsafeRawBufferPointer) throws -> Void,
    pieces: (TensorEntry, (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void
  ) throws {
    try header.withUnsafeBytes(sink)
    // A closure that captures `sink` may be handed on only where it could escape.
    try withoutActuallyEscaping(sink) { sink in
      for entry in entries {
        var written = 0
        try pieces(entry) { floats in
          written += floats.count
          if entry.elementType == .f32 {
            try sink(UnsafeRawBufferPointer(floats))
          } else {
            try Self.writeHalves(floats, of: entry, to: sink)
          }
        }
        precondition(
          written == entry.count, "writing \(entry.name): expected \(entry.count) values, got \(written)")
      }
    }
  }

  private static func writeHalves(
    _ floats: UnsafeBufferPointer<Float>, of entry: TensorEntry,
    to sink: (UnsafeRawBufferPointer) throws -> Void
  ) throws {
    let (piece, isBrain) = (1 << 17, entry.elementType == .bf16)
    let exponent: UInt16 = isBrain ? 0x7F80 : 0x7C00
    var halves = [UInt16](repeating: 0, count: min(piece, floats.count))
    for start in stride(from: 0, to: floats.count, by: piece) {
      let values = floats[start..<min(start + piece, floats.count)]
      for (index, value) in values.enumerated() {
        let bits = isBrain ? value.brainBits : value.halfBits
        if bits & exponent == exponent, value.isFinite {
          throw WeightsError.valueOutOfRange(tensor: entry.name, value: value, type: entry.elementType)
        }
        halves[index] = bits
      }
      try halves.withUnsafeBytes { try sink(UnsafeRawBufferPointer(rebasing: $0[..<(values.count * 2)])) }
    }
  }

  /// The length and the JSON, padded with spaces so that the values begin at a multiple of 8 bytes.
  private static func header(of entries: [TensorEntry], metadata: [String: String]) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }.map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var offset = 0
    for entry in entries {
      let end = offset + entry.count * entry.elementType.bitWidth / 8
      let shape = entry.shape.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(entry.name)):{\"dtype\":\"\(entry.elementType.rawValue)\","
          + "\"shape\":[\(shape)],\"data_offsets\":[\(offset),\(end)]}")
      offset = end
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    json += [UInt8](repeating: 0x20, count: -json.count & 7)
    return withUnsafeBytes(of: UInt64(json.count).littleEndian, Array.init) + json
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\0"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }
}
