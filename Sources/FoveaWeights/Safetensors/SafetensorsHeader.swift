/// What a safetensors file says of itself: its tensors in the order of their bytes, and its metadata.
///
/// The layout is a little-endian 64-bit length, as many bytes of JSON, and the tensors' bytes without a gap.
struct SafetensorsHeader {
  var entries: [TensorEntry] = []
  var metadata: [String: String] = [:]

  /// A tensor as the JSON describes it, before its offsets are checked against its neighbours.
  private struct Description {
    var name: String
    var elementType: ElementType
    var shape: [Int]
    var offsets: Range<Int>
  }

  /// Reads and checks the header of a whole file; nothing is allocated before its length is known to fit.
  ///
  /// - Complexity: O(header + n log n) for n tensors; the values are not touched.
  init(of bytes: WeightBytes, limits: CheckpointLimits) throws(WeightsError) {
    guard let length = try bytes.withPrefix(8, Self.length) else {
      throw .tooShort(count: bytes.count)
    }
    guard length <= UInt64(bytes.count - 8) else {
      throw .headerPastEnd(length: length, available: bytes.count - 8)
    }
    let end = 8 + Int(length)
    guard Int(length) <= limits.headerBytes else {
      throw .overLimit(.headerBytes, value: Int(length), limit: limits.headerBytes)
    }
    let descriptions = try bytes.withBytes(8..<end) { (json) throws(WeightsError) in
      try parse(json, limits: limits)
    }
    try place(descriptions, from: end, available: bytes.count - end)
  }

  private static func length(_ bytes: UnsafeRawBufferPointer) -> UInt64? {
    var cursor = ByteCursor(bytes)
    return cursor.integer(UInt64.self)
  }

  private mutating func parse(
    _ json: UnsafeRawBufferPointer, limits: CheckpointLimits
  ) throws(WeightsError) -> [Description] {
    var reader = HeaderJSON(json, depthLimit: limits.headerDepth)
    var descriptions: [Description] = []
    var names: Set<String> = []
    var metadata: [String: String]?
    try reader.object { (reader, name) throws(WeightsError) in
      if name == "__metadata__" {
        guard metadata == nil else { throw reader.invalid("duplicate __metadata__") }
        metadata = try Self.metadata(&reader)
      } else {
        guard names.insert(name).inserted else { throw .duplicateTensor(name) }
        guard names.count <= limits.tensors else {
          throw .overLimit(.tensors, value: names.count, limit: limits.tensors)
        }
        descriptions.append(try Self.tensor(name, &reader, limits: limits))
      }
    }
    try reader.finish()
    self.metadata = metadata ?? [:]
    return descriptions
  }

  private static func metadata(_ reader: inout HeaderJSON) throws(WeightsError) -> [String: String] {
    var metadata: [String: String] = [:]
    if try reader.next() == UInt8(ascii: "n") {
      try reader.literal("null")
      return metadata
    }
    try reader.object { (reader, key) throws(WeightsError) in
      let start = reader.cursor.offset
      guard metadata.updateValue(try reader.string(), forKey: key) == nil else {
        throw reader.invalid("duplicate metadata", at: start)
      }
    }
    return metadata
  }

  private static func tensor(
    _ name: String, _ reader: inout HeaderJSON, limits: CheckpointLimits
  ) throws(WeightsError) -> Description {
    var (type, shape, offsets) = (String?.none, [Int]?.none, [Int]?.none)
    var fields: Set<String> = []
    try reader.object { (reader, field) throws(WeightsError) in
      guard fields.insert(field).inserted else { throw reader.invalid("duplicate \(field)") }
      switch field {
      case "dtype": type = try reader.string()
      case "shape": shape = try Self.shape(name, &reader, limits: limits)
      case "data_offsets": offsets = try Self.offsets(name, &reader)
      default: try reader.skipValue(depth: 2)
      }
    }
    guard let type else { throw .missingField(tensor: name, field: "dtype") }
    guard let shape else { throw .missingField(tensor: name, field: "shape") }
    guard let offsets else { throw .missingField(tensor: name, field: "data_offsets") }
    guard let elementType = ElementType(rawValue: type) else {
      throw .unknownElementType(tensor: name, type: type)
    }
    guard offsets[0] <= offsets[1] else { throw .offsetsReversed(tensor: name) }
    return Description(
      name: name, elementType: elementType, shape: shape, offsets: offsets[0]..<offsets[1])
  }

  private static func shape(
    _ name: String, _ reader: inout HeaderJSON, limits: CheckpointLimits
  ) throws(WeightsError) -> [Int] {
    guard let shape = try reader.integers(atMost: limits.rank) else { throw .shapeOverflows(tensor: name) }
    guard shape.count <= limits.rank else {
      throw .overLimit(.rank, value: shape.count, limit: limits.rank)
    }
    return shape
  }

  private static func offsets(
    _ name: String, _ reader: inout HeaderJSON
  ) throws(WeightsError) -> [Int] {
    let start = reader.cursor.offset
    guard let offsets = try reader.integers(atMost: 2), offsets.count == 2 else {
      throw reader.invalid("expected two offsets that fit the file", at: start)
    }
    return offsets
  }

  /// Checks that the tensors' bytes follow one another from the header's end to the file's.
  private mutating func place(
    _ descriptions: [Description], from base: Int, available: Int
  ) throws(WeightsError) {
    let ordered = descriptions.sorted {
      ($0.offsets.lowerBound, $0.offsets.upperBound) < ($1.offsets.lowerBound, $1.offsets.upperBound)
    }
    var end = 0
    for tensor in ordered {
      guard let count = elementCount(of: tensor.shape), let bytes = tensor.elementType.byteCount(of: count)
      else { throw .shapeOverflows(tensor: tensor.name) }
      guard bytes == tensor.offsets.count else {
        throw .offsetsMismatchShape(tensor: tensor.name, expected: bytes, actual: tensor.offsets.count)
      }
      guard tensor.offsets.lowerBound >= end else { throw .offsetsOverlap(tensor: tensor.name) }
      guard tensor.offsets.lowerBound == end else { throw .offsetsLeaveHole(tensor: tensor.name) }
      end = tensor.offsets.upperBound
      guard end <= available else {
        throw .fileSizeMismatch(tensor: tensor.name, expected: end, actual: available)
      }
      entries.append(
        TensorEntry(
          name: tensor.name, elementType: tensor.elementType, shape: tensor.shape,
          start: base + tensor.offsets.lowerBound, strides: nil))
    }
    guard end == available else {
      throw .fileSizeMismatch(tensor: ordered.last?.name, expected: end, actual: available)
    }
  }
}
