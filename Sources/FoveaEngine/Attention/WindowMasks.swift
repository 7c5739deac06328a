import FoveaGraph

/// What windows of a shifted or padded map may not see.
///
/// It follows from where a window's rows and columns lie: windows inside the map see all of their keys, and the
/// others share a few tables.
package struct WindowMasks: Sendable {
  /// (tables, N, N): −100 where query and key lie in different regions of the shifted map, or the key in the
  /// padding.
  package let tables: [Float]
  /// The table of each window of the map, row by row; nil where it sees all of its keys.
  package let tableOfWindow: [Int?]

  /// The masks of the windows that a map is cut into; nil where none is needed.
  package init?(window: WindowSize, shift: Int, on map: Shape) {
    let (height, width) = window.resolved(on: map)
    let rows = WindowAxis(extent: map.height, window: height, shift: shift)
    let columns = WindowAxis(extent: map.width, window: width, shift: shift)
    var tables: [Float] = []
    var (tableOfKind, tableOfWindow): ([[Int]: Int], [Int?]) = ([:], [])
    for row in rows.kindOfWindow {
      for column in columns.kindOfWindow {
        let (down, along) = (rows.kinds[row], columns.kinds[column])
        guard down.hides || along.hides else {
          tableOfWindow.append(nil)
          continue
        }
        if tableOfKind[[row, column]] == nil {
          tableOfKind[[row, column]] = tableOfKind.count
          tables += Self.table(down, along)
        }
        tableOfWindow.append(tableOfKind[[row, column]])
      }
    }
    guard !tables.isEmpty else { return nil }
    (self.tables, self.tableOfWindow) = (tables, tableOfWindow)
  }

  private static func table(_ down: WindowAxis.Kind, _ along: WindowAxis.Kind) -> [Float] {
    let places = down.places.flatMap { row in along.places.map { (row: row, column: $0) } }
    return places.flatMap { query in
      places.map { key in
        let isSeen =
          query.row.region == key.row.region && query.column.region == key.column.region
          && !key.row.isPadding && !key.column.isPadding
        return isSeen ? 0 : -100
      }
    }
  }
}

/// The windows along one axis of a map that was moved by `shift` and padded to whole windows.
private struct WindowAxis {
  struct Place: Hashable {
    /// 1 and 2 stand next to each other only through the shift.
    var region: Int
    var isPadding: Bool
  }

  struct Kind: Hashable {
    var places: [Place]
    var hides: Bool { places.contains { $0.isPadding || $0.region != places[0].region } }
  }

  /// The windows that differ.
  private(set) var kinds: [Kind] = []
  /// Which of them each window is.
  private(set) var kindOfWindow: [Int] = []

  init(extent: Int, window: Int, shift: Int) {
    let padded = extent.rounded(toMultipleOf: window)
    for start in stride(from: 0, to: padded, by: window) {
      let kind = Kind(
        places: (start..<start + window).map { place in
          let region = shift == 0 || place < padded - window ? 0 : place < padded - shift ? 1 : 2
          return Place(region: region, isPadding: (place + shift) % padded >= extent)
        })
      if let known = kinds.firstIndex(of: kind) {
        kindOfWindow.append(known)
      } else {
        kindOfWindow.append(kinds.count)
        kinds.append(kind)
      }
    }
  }
}
