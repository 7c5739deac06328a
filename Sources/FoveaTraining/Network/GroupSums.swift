import CFoveaKernels

/// Sums that every group of a pass makes for itself, and that are then added in the groups' order.
struct GroupSums {
  let groups: Int
  let count: Int
  private let storage: Storage

  init(groups: Int, count: Int, _ memory: (_ byteCount: Int) -> Storage) {
    self.groups = groups
    self.count = count
    storage = memory(groups * count * MemoryLayout<Float>.stride)
  }

  /// The sums of a group.
  func sums(_ group: Int) -> UnsafeMutablePointer<Float> { storage.floats + group * count }

  func clear(_ group: Int) { sums(group).update(repeating: 0, count: count) }

  /// Adds all groups' sums to `target`.
  func add(to target: UnsafeMutablePointer<Float>, from start: Int = 0, count part: Int? = nil, _ pass: Pass)
  {
    let part = part ?? count
    let chunks = min(Workers.groups, (part + 4095) / 4096)
    pass.workers.run(groups: chunks) { chunk, _ in
      let range = part * chunk / chunks..<part * (chunk + 1) / chunks
      var request = fovea_column_sums(
        rows: groups, channels: range.count, input: storage.floats + start + range.lowerBound,
        input_stride: count, sums: target + range.lowerBound)
      pass.floatKernels.pointee.column_sums(&request)
    }
  }

  /// Adds all groups' sums to the first group's, and gives them.
  func total(_ pass: Pass) -> UnsafeMutablePointer<Float> {
    guard groups > 1 else { return storage.floats }
    let chunks = min(Workers.groups, (count + 4095) / 4096)
    pass.workers.run(groups: chunks) { chunk, _ in
      let range = count * chunk / chunks..<count * (chunk + 1) / chunks
      var request = fovea_column_sums(
        rows: groups - 1, channels: range.count, input: storage.floats + count + range.lowerBound,
        input_stride: count, sums: storage.floats + range.lowerBound)
      pass.floatKernels.pointee.column_sums(&request)
    }
    return storage.floats
  }

  /// Groups for sums of so many weights over so many rows: adding them up stays small beside making them.
  static func groups(rows: Int, weights: Int) -> Int {
    let fitting = max(4, (16 << 20) / max(1, weights * 4))
    return max(1, min(Workers.groups, rows / 64, fitting))
  }
}
