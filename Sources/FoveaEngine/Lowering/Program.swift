import FoveaGraph

/// A graph at one size of input, as the operations that run: the first pass's result.
///
/// Channel slices and other grids are resolved into who reads them; norms, activations and sums are folded
/// into who computes what they follow.
package struct Program: Sendable {
  /// Each after those that it reads.
  package let operations: [LoweredOperation]
  /// The caller's maps, in the graph's order.
  package let inputs: [MapRef]
  /// What the caller asked for.
  package let outputs: [MapRef]
  /// What every value of the graph that is needed refers to.
  package let references: [Int: MapRef]
  private let readersOfMaps: [MapID: [Reader]]
  private let producers: [MapID: OperationID]

  init(operations: [LoweredOperation], inputs: [MapRef], outputs: [MapRef], references: [Int: MapRef]) {
    self.operations = operations
    self.inputs = inputs
    self.outputs = outputs
    self.references = references
    var readers: [MapID: [Reader]] = [:]
    var producers: [MapID: OperationID] = [:]
    for operation in operations {
      producers[operation.output.map] = operation.id
      for map in operation.reads { readers[map.map, default: []].append(.operation(operation.id)) }
    }
    for output in outputs { readers[output.map, default: []].append(.caller) }
    readersOfMaps = readers
    self.producers = producers
  }

  package subscript(id: OperationID) -> LoweredOperation { operations[id] }

  /// Those that read a map or a part of it, in order; one that reads it twice comes twice.
  package func readers(of map: MapID) -> [Reader] { readersOfMaps[map] ?? [] }

  /// The operation that computes a map.
  package func producer(of map: MapID) -> OperationID? { producers[map] }

  /// The operation that computes a map whose rows somebody reads; nil where they stand on another grid.
  func producerOfRows(_ map: MapRef) -> OperationID? { map.isRegridded ? nil : producers[map.map] }
}
