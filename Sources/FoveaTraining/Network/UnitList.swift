import FoveaEngine
import FoveaGraph

/// A lowered program as training runs it: a unit for each operation, but for norms and activations, which
/// become the tail of who feeds them.
///
/// The program is the engine's, not fused: there a norm goes into weights, here it has the batch's moments.
struct UnitList {
  private(set) var units: [Unit] = []
  /// The unit that holds each map.
  private var unitOfMap: [MapID: Int] = [:]
  private let program: Program
  /// The last layer before the output, whose input drops out; nil where none does.
  private let head: MapID?

  init(_ program: Program, dropsOutBefore head: MapID?) {
    self.program = program
    self.head = head
    for operation in program.operations { add(operation) }
    for unit in units {
      for (position, input) in unit.inputs.enumerated() {
        units[input.unit].readers.append(Unit.Reader(unit: unit.index, input: position))
      }
    }
  }

  /// A map of the program as a unit's; nil where nothing computes it.
  func reference(to map: MapRef) -> MapReference? {
    unitOfMap[map.map].map { MapReference(unit: $0, channelOffset: map.channelOffset, shape: map.shape) }
  }

  private mutating func add(_ operation: LoweredOperation) {
    if case .batchNorm(let norm) = operation.operation {
      let carrier = carrier(of: operation) { $0.norm == nil && $0.activation == .identity }
      let unit = carrier ?? append(operation)
      unit.norm = norm
      unitOfMap[operation.output.map] = unit.index
    } else if case .activation(let activation) = operation.operation {
      let unit = carrier(of: operation) { $0.activation == .identity } ?? append(operation)
      unit.activation = activation
      unitOfMap[operation.output.map] = unit.index
    } else {
      _ = append(operation)
    }
  }

  /// The unit whose tail can take an operation, which alone reads it.
  private func carrier(of operation: LoweredOperation, where canTake: (Unit) -> Bool) -> Unit? {
    guard let main = operation.operands.maps.first, program.readers(of: main.map).count == 1,
      let reference = reference(to: main)
    else { return nil }
    let unit = units[reference.unit]
    let isWhole = reference.channelOffset == 0 && reference.shape.channels == unit.shape.channels
    return unit.carriesTail && isWhole && canTake(unit) ? unit : nil
  }

  private mutating func append(_ operation: LoweredOperation) -> Unit {
    var inputs = operation.operands.maps.compactMap(reference)
    if operation.output.map == head { inputs = [append(.dropout, operation.path, inputs[0].shape, inputs)] }
    if case .linearAttention(let attention) = operation.operation, let features = RandomFeatures(attention) {
      for (input, isKey) in [(0, false), (1, true)] {
        var shape = inputs[input].shape
        shape.channels = shape.channels / features.width * features.count
        inputs[input] = append(
          .randomFeatures(features.of(keys: isKey)), operation.path, shape, [inputs[input]])
      }
    }
    let unit = append(.operation(operation), operation.path, operation.output.shape, inputs)
    unitOfMap[operation.output.map] = unit.unit
    return units[unit.unit]
  }

  private mutating func append(
    _ work: Unit.Work, _ path: String, _ shape: Shape, _ inputs: [MapReference]
  ) -> MapReference {
    units.append(Unit(index: units.count, work: work, path: path, shape: shape, inputs: inputs))
    return MapReference(unit: units.count - 1, shape: shape)
  }
}
