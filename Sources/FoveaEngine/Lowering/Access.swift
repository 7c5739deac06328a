/// What a pixel of an operation's output depends on, from which follows with whom it may run.
package enum Access: Hashable, Sendable {
  /// The same pixel of its maps. (Of a map of one pixel, that one.)
  case pixel
  /// Pixels of the main map around it. A strip needs `halo` rows more than its own; `coversInput` is false
  /// where some of the map's pixels reach no pixel of the output, so that rows may be left out.
  case rows(halo: Int, coversInput: Bool)
  /// All of its maps.
  case whole
  /// Nothing is computed: it is a name for elements that lie elsewhere.
  case alias(MapRef)

  /// The rows that a strip needs beyond its own from the stage before.
  var halo: Int {
    switch self {
    case .rows(let halo, _): halo
    case .pixel, .whole, .alias: 0
    }
  }

  /// Whether a pixel depends on the pixels around it in the main map.
  var readsNeighbours: Bool {
    switch self {
    case .rows: true
    case .pixel, .whole, .alias: false
    }
  }

  /// Whether the whole output needs all of the main map, without gaps between rows or at the end.
  var coversInput: Bool {
    switch self {
    case .rows(_, let coversInput): coversInput
    case .pixel, .whole, .alias: true
    }
  }
}
