import FoveaGraph

/// What softmax attention adds to its scores: Swin's relative position bias, and the masks of windows.
package enum WindowTables {
  /// (heads, N, N): the learned bias of each pair of positions in a window of `window` × `window`, from a
  /// table of ((2w − 1)², heads).
  package static func relativeBias(table: [Float], window: Int, heads: Int) -> [Float] {
    let count = window * window
    var bias = [Float](repeating: 0, count: heads * count * count)
    for i in 0..<count {
      for j in 0..<count {
        let rows = i / window - j / window + window - 1
        let columns = i % window - j % window + window - 1
        let entry = (rows * (2 * window - 1) + columns) * heads
        for head in 0..<heads { bias[(head * count + i) * count + j] = table[entry + head] }
      }
    }
    return bias
  }

  /// (windows, N, N): −100 where query and key lie in different regions of the shifted map, or the key in the
  /// padding; nil where every key is seen.
  package static func mask(map: Shape, window: WindowSize, shift: Int) -> [Float]? {
    let (height, width) = window.resolved(on: map)
    let paddedHeight = map.height.rounded(toMultipleOf: height)
    let paddedWidth = map.width.rounded(toMultipleOf: width)
    let isPadded = paddedHeight != map.height || paddedWidth != map.width
    guard shift > 0 || isPadded else { return nil }
    func region(_ y: Int, _ x: Int) -> Int {
      guard shift > 0 else { return 0 }
      let row = y < paddedHeight - height ? 0 : y < paddedHeight - shift ? 1 : 2
      let column = x < paddedWidth - width ? 0 : x < paddedWidth - shift ? 1 : 2
      return row * 3 + column
    }
    /// A pixel of the rolled map is padding where the pixel that it came from is.
    func isPadding(_ y: Int, _ x: Int) -> Bool {
      (y + shift) % paddedHeight >= map.height || (x + shift) % paddedWidth >= map.width
    }
    let (columns, count) = (paddedWidth / width, height * width)
    let windows = paddedHeight / height * columns
    var mask = [Float](repeating: 0, count: windows * count * count)
    for index in 0..<windows {
      let (top, left) = (index / columns * height, index % columns * width)
      for i in 0..<count {
        let own = region(top + i / width, left + i % width)
        for j in 0..<count {
          let (y, x) = (top + j / width, left + j % width)
          if region(y, x) != own || isPadding(y, x) { mask[(index * count + i) * count + j] = -100 }
        }
      }
    }
    return mask
  }
}
