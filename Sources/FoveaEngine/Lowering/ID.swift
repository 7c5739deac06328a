/// A place in a list of elements of a type: it names one where plans are written down, and is of no use in
/// another list.
package struct ID<Element>: Hashable, Comparable, Sendable {
  package let index: Int

  package init(_ index: Int) { self.index = index }

  package static func < (first: Self, second: Self) -> Bool { first.index < second.index }
}

/// A lowered operation, in the order of computation.
package typealias OperationID = ID<LoweredOperation>
/// A group of a schedule, in the order of computation.
typealias GroupID = ID<Group>
/// A stage of a strip program.
typealias StageID = ID<StripStage>
/// A stretch of the arena.
typealias RegionID = ID<Region>

extension Array {
  package subscript(id: ID<Element>) -> Element {
    get { self[id.index] }
    set { self[id.index] = newValue }
  }

  /// The names of all elements.
  package var ids: [ID<Element>] { indices.map(ID.init) }
}
