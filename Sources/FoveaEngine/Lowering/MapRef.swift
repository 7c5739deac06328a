import FoveaGraph

/// A map that an operation computes, or that the caller gives: the value of one node of the graph.
package struct MapID: Hashable, Comparable, Sendable {
  /// The node's index in the graph.
  package let node: Int

  package init(node: Int) { self.node = node }

  package static func < (first: Self, second: Self) -> Bool { first.node < second.node }
}

/// A map as an operation reads it: whole, or a run of its channels, on its own grid or another.
package struct MapRef: Hashable, Sendable {
  package var map: MapID
  /// The first channel.
  package var channelOffset: Int
  /// The shape that is seen.
  package var shape: Shape
  /// The shape that is computed.
  package var mapShape: Shape

  /// A map, whole.
  package init(_ map: MapID, _ shape: Shape) {
    self.map = map
    channelOffset = 0
    (self.shape, mapShape) = (shape, shape)
  }

  /// Whether it is the map itself: all channels, and the same grid.
  package var isWhole: Bool { shape == mapShape }
  /// Whether its pixels stand on another grid than the map's, so that its rows are not the map's rows.
  var isRegridded: Bool { (shape.height, shape.width) != (mapShape.height, mapShape.width) }

  /// Some channels of it.
  func channels(from start: Int, _ shape: Shape) -> MapRef {
    var part = on(shape)
    part.channelOffset += start
    return part
  }

  /// The same pixels on another grid.
  func on(_ shape: Shape) -> MapRef {
    var other = self
    other.shape = shape
    return other
  }
}

/// Who reads a map.
package enum Reader: Hashable, Sendable {
  case operation(OperationID)
  /// Whoever asked for the results.
  case caller
}
