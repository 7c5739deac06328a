extension Checkpoint {
  /// The number that begins a file of `torch.save` before 1.6, little-endian.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  /// Reads plain pickles: a magic number, a version, the writer's sizes, the objects, the keys of the storages;
  /// then each storage, its element count before its elements.
  static func torchPickle(
    _ bytes: WeightBytes, averaged: Bool, limits: CheckpointLimits
  ) throws(WeightsError) -> Checkpoint {
    let (state, entries) = try bytes.withBytes { (file) throws(WeightsError) in
      let end = try checkPreamble(of: file, limits: limits)
      var reader = PickleReader(file, at: end, limits: limits)
      let root = try reader.run()
      let heap = reader.heap
      let storages = try locateStorages(of: heap, in: file, from: reader.cursor.offset, limits: limits)
      let state = try StateDict(root, in: heap, averaged: averaged)
      let entries = try state.entries(in: heap, limits: limits) { (key) throws(WeightsError) in
        guard let range = storages[key] else {
          throw .damagedPickle(byte: file.count, reason: "storage \(key) is missing")
        }
        return range
      }
      return (state, entries)
    }
    return try Checkpoint(format: .torchPickle, bytes: bytes, entries: entries, notes: state.notes)
  }

  /// Checks the three pickles before the objects, and gives where they end.
  private static func checkPreamble(
    of file: UnsafeRawBufferPointer, limits: CheckpointLimits
  ) throws(WeightsError) -> Int {
    var end = 0
    let magic = try result(of: file, at: &end, limits: limits)
    guard case .wideInteger(Self.magic) = magic.value else { throw .foreign(.unknown) }
    guard case .integer(1001) = try result(of: file, at: &end, limits: limits).value else {
      throw .unsupported("this version of PyTorch's old format")
    }
    let (system, heap) = try result(of: file, at: &end, limits: limits)
    guard let items = heap.items(system, .dictionary) else {
      throw .damagedPickle(byte: end, reason: "the description of the writer is missing")
    }
    for (key, value) in zip(items, items.dropFirst()) {
      if case .text("little_endian") = key, case .boolean(false) = value {
        throw .unsupported("byte order big")
      }
    }
    return end
  }

  private static func result(
    of file: UnsafeRawBufferPointer, at position: inout Int, limits: CheckpointLimits
  ) throws(WeightsError) -> (value: PickleValue, heap: PickleHeap) {
    var reader = PickleReader(file, at: position, limits: limits)
    let value: PickleValue
    do {
      value = try reader.run()
    } catch .damagedPickle(byte: 0, _) {
      throw .foreign(.unknown)
    }
    position = reader.cursor.offset
    return (value, reader.heap)
  }

  /// Finds each storage behind the list of their keys, which must end where the file does.
  private static func locateStorages(
    of heap: PickleHeap, in file: UnsafeRawBufferPointer, from start: Int, limits: CheckpointLimits
  ) throws(WeightsError) -> [String: Range<Int>] {
    var position = start
    let (list, listHeap) = try result(of: file, at: &position, limits: limits)
    func damaged(_ reason: String) -> WeightsError { .damagedPickle(byte: position, reason: reason) }
    guard let keys = listHeap.items(list, .list) else { throw damaged("the list of storages is missing") }
    let types = Dictionary(heap.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var ranges: [String: Range<Int>] = [:]
    for key in keys {
      guard case .text(let key) = key, let storage = types[key] else {
        throw damaged("a storage that no tensor has")
      }
      var cursor = ByteCursor(file, at: position)
      guard let count = cursor.integer(Int64.self), count >= 0, Int(count) == storage.count,
        let size = storage.elementType.byteCount(of: Int(count)), cursor.take(size) != nil
      else { throw damaged("storage \(key) is cut or has another size") }
      position = cursor.offset
      guard ranges.updateValue(position - size..<position, forKey: key) == nil else {
        throw damaged("storage \(key) appears twice")
      }
    }
    guard position == file.count else { throw damaged("bytes follow the last storage") }
    return ranges
  }
}
