import FoveaGraph

/// What a softmax adds to the products of queries and keys: a relative bias, and −100 on hidden keys.
struct SoftmaxAddends: Sendable {
  /// ((2·side − 1)², heads), for windows of side × side.
  var bias: (table: [Float], side: Int, heads: Int)?
  /// For every slot of every window the part of the map that the shift left it in, and `padding` beyond the map.
  var regions: [UInt8]?
  let slots: Int

  static let padding: UInt8 = 4

  init(
    _ attention: SoftmaxAttention, layout: TokenLayout, parameters: any ParameterSource
  ) throws {
    slots = layout.slots
    if let bias = attention.bias {
      self.bias = (try parameters.values(of: bias.table), bias.window, attention.heads)
    }
    if case .windows = attention.mask { regions = layout.regions }
  }

  /// False where nothing is ever added.
  var isPresent: Bool { bias != nil || regions != nil }

  /// b of a query and a key of a window.
  func value(head: Int, window: Int, query: Int, key: Int) -> Float {
    var sum: Float = 0
    if let bias {
      let dy = query / bias.side - key / bias.side + bias.side - 1
      let dx = query % bias.side - key % bias.side + bias.side - 1
      sum = bias.table[(dy * (2 * bias.side - 1) + dx) * bias.heads + head]
    }
    guard let regions else { return sum }
    let (one, other) = (regions[window * slots + query], regions[window * slots + key])
    let isHidden = other & Self.padding != 0 || (one ^ other) & 3 != 0
    return isHidden ? sum - 100 : sum
  }
}
