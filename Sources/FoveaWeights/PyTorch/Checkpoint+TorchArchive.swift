extension Checkpoint {
  /// Reads a zip archive with a pickle: `data.pkl` describes the tensors, `data/KEY` hold their storages.
  static func torchArchive(
    _ bytes: WeightBytes, averaged: Bool, limits: CheckpointLimits
  ) throws(WeightsError) -> Checkpoint {
    let (state, entries) = try bytes.withBytes { (file) throws(WeightsError) in
      let archive = try ZipArchive(of: file, limits: limits, release: bytes.forget)
      try checkVersion(of: archive, in: file)
      guard let pickle = archive.members["data.pkl"] else {
        throw WeightsError.damagedArchive(reason: "it has no data.pkl")
      }
      guard pickle.count <= limits.pickleBytes else {
        throw .overLimit(.pickleBytes, value: pickle.count, limit: limits.pickleBytes)
      }
      var reader = PickleReader(UnsafeRawBufferPointer(rebasing: file[pickle]), limits: limits)
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
    of archive: ZipArchive, in file: UnsafeRawBufferPointer
  ) throws(WeightsError) {
    func text(_ name: String) -> String? {
      archive.members[name].flatMap { range in
        range.count > 64 ? "" : String(validating: file[range], as: UTF8.self)?.trimmed
      }
    }
    if let order = text("byteorder"), order != "little" { throw .unsupported("byte order \(order)") }
    guard let version = text("version").map({ Int($0) ?? 0 }) else { return }
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
