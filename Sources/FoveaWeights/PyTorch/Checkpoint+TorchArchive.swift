extension Checkpoint {
  /// Reads a zip archive with a pickle: `data.pkl` describes the tensors, `data/KEY` hold their storages.
  static func torchArchive(
    _ bytes: WeightBytes, averaged: Bool, limits: CheckpointLimits
  ) throws(WeightsError) -> Checkpoint {
    let archive = try ZipArchive(of: bytes, limits: limits)
    try checkVersion(of: archive, in: bytes)
    guard let pickle = archive.members["data.pkl"] else {
      throw WeightsError.damagedArchive(reason: "it has no data.pkl")
    }
    guard pickle.count <= limits.pickleBytes else {
      throw .overLimit(.pickleBytes, value: pickle.count, limit: limits.pickleBytes)
    }
    let (state, entries) = try bytes.withBytes(pickle) { (file) throws(WeightsError) in
      var reader = PickleReader(file, limits: limits)
      let root = try reader.run()
      guard reader.cursor.remaining == 0 else {
        throw .damagedPickle(byte: reader.cursor.offset, reason: "bytes follow its end")
      }
      let state = try StateDict(root, in: reader.heap, averaged: averaged)
      let entries = try state.entries(in: reader.heap, limits: limits) { (key) throws(WeightsError) in
        guard let range = archive.members["data/\(key)"] else {
          throw .damagedArchive(reason: "it has no data/\(key)")
        }
        return range
      }
      return (state, entries)
    }
    return try Checkpoint(format: .torchArchive, bytes: bytes, entries: entries, notes: state.notes)
  }

  private static func checkVersion(
    of archive: ZipArchive, in file: WeightBytes
  ) throws(WeightsError) {
    func text(_ name: String) throws(WeightsError) -> String? {
      guard let range = archive.members[name] else { return nil }
      guard range.count <= 64 else { return "" }
      return try file.withBytes(range) { String(validating: $0, as: UTF8.self)?.trimmed }
    }
    if let order = try text("byteorder"), order != "little" { throw .unsupported("byte order \(order)") }
    guard let version = try text("version").map({ Int($0) ?? 0 }) else { return }
    guard (1...10).contains(version) else { throw .unsupported("version \(version) of PyTorch's archive") }
  }
}

extension StateDict {
  /// Places every tensor in the file; `storage` finds the bytes of a storage by its key.
  func entries(
    in heap: PickleHeap, limits: CheckpointLimits,
    storage: (String) throws(WeightsError) -> Range<Int>
  ) throws(WeightsError) -> [TensorEntry] {
    guard tensors.count <= limits.tensors else {
      throw .overLimit(.tensors, value: tensors.count, limit: limits.tensors)
    }
    var entries: [TensorEntry] = []
    for (name, tensor) in tensors {
      let described = heap.storages[tensor.storage]
      entries.append(
        try TensorEntry(name: name, tensor: tensor, of: described, in: storage(described.key)))
    }
    return entries
  }
}

extension String {
  /// Without white space at its ends.
  fileprivate var trimmed: String {
    String(drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
  }
}
