import Fovea

/// Where the slots of a block's windows lie on its map, by the formula of the partition.
struct Windows {
  let block: BlockAttention

  init(_ block: BlockAttention) { self.block = block }

  /// The token in a slot of a window, or nil in the padding.
  func token(window: Int, slot: Int, isKeys: Bool) -> Int? {
    guard let cut = block.window else { return slot }
    let down = (block.height + cut.height - 1) / cut.height
    let across = (block.width + cut.width - 1) / cut.width
    let y = (window / across * cut.height + slot / cut.width + cut.shift) % (down * cut.height)
    let x = (window % across * cut.width + slot % cut.width + cut.shift) % (across * cut.width)
    return y < block.height && x < block.width ? y * block.width + x : nil
  }

  /// A query's row of the dense matrix on the map of keys.
  func denseRow(_ dense: DenseAttention, head: Int, query: Int) -> [Double] {
    var row = [Double](repeating: 0, count: block.keyCount)
    for window in 0..<block.factors.windows {
      for slot in 0..<dense.queries where token(window: window, slot: slot, isKeys: false) == query {
        for key in 0..<dense.keys {
          guard let token = token(window: window, slot: key, isKeys: true) else { continue }
          row[token] = dense.entries[head * block.factors.windows + window][slot][key]
        }
      }
    }
    return row
  }

  /// A batch of windows as tokens of the map, channels fastest.
  func onMap(_ windows: Fovea.FeatureMap, isKeys: Bool) -> [Float] {
    let channels = windows.shape.channels
    let count = isKeys ? block.keyCount : block.queryCount
    var map = [Float](repeating: 0, count: count * channels)
    for window in 0..<windows.shape.batch {
      for slot in 0..<windows.shape.tokens {
        guard let token = token(window: window, slot: slot, isKeys: isKeys) else { continue }
        for channel in 0..<channels {
          map[token * channels + channel] =
            windows.values[(window * windows.shape.tokens + slot) * channels + channel]
        }
      }
    }
    return map
  }
}
