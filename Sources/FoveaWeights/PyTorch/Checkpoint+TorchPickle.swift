extension Checkpoint {
  /// The number that begins a file of `torch.save` before 1.6, little-endian.
  private static let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]

  /// Reads plain pickles: a magic number, a version, the writer's sizes, the objects, the keys of the storages;
  /// then each storage, its element count before its elements.
  static func torchPickle(
    _ bytes: WeightBytes, averaged: Bool, limits: CheckpointLimits
  ) throws(WeightsError) -> Checkpoint {
    let pickles = try pickles(of: bytes, limits: limits)
    let storages = try locateStorages(of: pickles, in: bytes)
    let state = try StateDict(pickles.root, in: pickles.heap, averaged: averaged)
    let entries = try state.entries(in: pickles.heap, limits: limits) { (key) throws(WeightsError) in
      guard let range = storages[key] else {
        throw .damagedPickle(byte: bytes.count, reason: "storage \(key) is missing")
      }
      return range
    }
    return try Checkpoint(format: .torchPickle, bytes: bytes, entries: entries, notes: state.notes)
  }

  /// What the pickles before the storages hold.
  private struct Pickles {
    var root: PickleValue
    var heap: PickleHeap
    /// The keys of the storages, in their order.
    var keys: [PickleValue]
    /// Where the first storage begins.
    var end: Int
  }

  /// Reads the pickles, which are the first bytes of the file: as many as they turn out to need.
  private static func pickles(
    of bytes: WeightBytes, limits: CheckpointLimits
  ) throws(WeightsError) -> Pickles {
    var length = 1 << 20
    while true {
      do throws(WeightsError) {
        return try bytes.withPrefix(length) { (file) throws(WeightsError) in
          try pickles(in: file, limits: limits)
        }
      } catch .damagedPickle where length < min(bytes.count, limits.pickleBytes) {
        length *= 8
      }
    }
  }

  private static func pickles(
    in file: UnsafeRawBufferPointer, limits: CheckpointLimits
  ) throws(WeightsError) -> Pickles {
    var end = try checkPreamble(of: file, limits: limits)
    let (root, heap) = try run(file, at: &end, limits: limits)
    let (list, listHeap) = try result(of: file, at: &end, limits: limits)
    guard let keys = listHeap.items(list, .list) else {
      throw .damagedPickle(byte: end, reason: "the list of storages is missing")
    }
    return Pickles(root: root, heap: heap, keys: keys, end: end)
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
    do {
      return try run(file, at: &position, limits: limits)
    } catch .damagedPickle(byte: 0, _) {
      throw .foreign(.unknown)
    }
  }

  private static func run(
    _ file: UnsafeRawBufferPointer, at position: inout Int, limits: CheckpointLimits
  ) throws(WeightsError) -> (value: PickleValue, heap: PickleHeap) {
    var reader = PickleReader(file, at: position, limits: limits)
    let value = try reader.run()
    position = reader.cursor.offset
    return (value, reader.heap)
  }

  /// Finds each storage behind the list of their keys, which must end where the file does.
  private static func locateStorages(
    of pickles: Pickles, in file: WeightBytes
  ) throws(WeightsError) -> [String: Range<Int>] {
    var position = pickles.end
    func damaged(_ reason: String) -> WeightsError { .damagedPickle(byte: position, reason: reason) }
    let types = Dictionary(
      pickles.heap.storages.map { ($0.key, $0) }, uniquingKeysWith: { first, _ in first })
    var ranges: [String: Range<Int>] = [:]
    for key in pickles.keys {
      guard case .text(let key) = key, let storage = types[key] else {
        throw damaged("a storage that no tensor has")
      }
      let count = try file.withBytes(position..<min(position + 8, file.count)) { bytes in
        var cursor = ByteCursor(bytes)
        return cursor.integer(Int64.self)
      }
      guard let count, count >= 0, Int(count) == storage.count,
        let size = storage.elementType.byteCount(of: Int(count)), size <= file.count - position - 8
      else { throw damaged("storage \(key) is cut or has another size") }
      position += 8 + size
      guard ranges.updateValue(position - size..<position, forKey: key) == nil else {
        throw damaged("storage \(key) appears twice")
      }
    }
    guard position == file.count else { throw damaged("bytes follow the last storage") }
    return ranges
  }
}
