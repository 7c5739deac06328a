import FoveaGraph

/// Where the slots of an attention's windows lie on the map of its tokens.
///
/// Tokens count the leading ones first (the class token), then the pixels of the map row by row. Without
/// windows slot and token are the same.
struct TokenLayout: Sendable {
  /// The map's rows and columns.
  let height: Int, width: Int
  /// Tokens before the map's pixels.
  let leading: Int
  let windows: Int
  /// The slots of a window.
  let slots: Int
  /// The rows and columns of a window's slots, after the leading ones.
  let slotHeight: Int, slotWidth: Int
  /// The token in each slot of each window; −1 in the padding.
  let tokens: [Int32]
  /// The slot, counted through all windows, of each token.
  let places: [Int32]
  /// Bits 0 and 1: rows, columns that the shift brought from the other border; bit 2: padding. Windows only.
  let regions: [UInt8]?

  /// Tokens of the map, the leading ones included.
  var count: Int { leading + height * width }

  /// One window: every token is its own slot.
  init(height: Int, width: Int, leading: Int = 0) {
    (self.height, self.width, self.leading) = (height, width, leading)
    (windows, slots) = (1, leading + height * width)
    (slotHeight, slotWidth) = (height, width)
    tokens = (0..<Int32(slots)).map { $0 }
    places = tokens
    regions = nil
  }

  /// The windows of a map, cut after its cyclic move up and left by the shift.
  init(windows window: WindowSize, shift: Int, on map: Shape) {
    let (rows, columns) = window.resolved(on: map)
    let across = (map.width + columns - 1) / columns
    let down = (map.height + rows - 1) / rows
    var tokens: [Int32] = []
    var regions: [UInt8] = []
    var places = [Int32](repeating: -1, count: map.tokens)
    for slot in 0..<across * down * rows * columns {
      let (index, position) = slot.quotientAndRemainder(dividingBy: rows * columns)
      let moved = (
        y: index / across * rows + position / columns, x: index % across * columns + position % columns
      )
      let y = (moved.y + shift) % (down * rows)
      let x = (moved.x + shift) % (across * columns)
      let isPadding = y >= map.height || x >= map.width
      if !isPadding { places[y * map.width + x] = Int32(slot) }
      tokens.append(isPadding ? -1 : Int32(y * map.width + x))
      regions.append(
        (moved.y >= down * rows - shift ? 1 : 0) + (moved.x >= across * columns - shift ? 2 : 0)
          + (isPadding ? SoftmaxAddends.padding : 0))
    }
    (height, width, leading) = (map.height, map.width, 0)
    (self.windows, slots) = (across * down, rows * columns)
    (slotHeight, slotWidth) = (rows, columns)
    (self.tokens, self.places, self.regions) = (tokens, places, regions)
  }

  /// The window and the slot there of a token.
  func place(of token: Int) -> (window: Int, slot: Int) {
    (Int(places[token]) / slots, Int(places[token]) % slots)
  }

  /// Spreads the values of one window's slots over a map that is zero elsewhere; padding is left out.
  func scattered(_ values: [Float], window: Int) -> [Float] {
    var map = [Float](repeating: 0, count: count)
    for slot in 0..<slots {
      let token = tokens[window * slots + slot]
      if token >= 0 { map[Int(token)] = values[slot] }
    }
    return map
  }
}
