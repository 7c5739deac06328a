import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// Makes the plan of a network: which maps are stored, which are read through tails, where gradients go, and how
/// long everything stays.
final class NetworkPlanner {
  let options: TrainingOptions
  let parameters: OperationParameters
  let kernels: UnsafePointer<fovea_kernels>
  let units: [Unit]
  let answerUnit: Int
  /// The unit of every input of the graph; nil for one whose values nothing reads.
  private let inputUnits: [Int?]
  var outputs: [Output] = []
  var sources: [[Source]] = []
  var operations: [any DifferentiableOperation] = []
  private var workspaces: [Storage] = []
  private var gradients: GradientPlanner

  /// A planner of a program with one output; `head` is the layer before which elements drop out.
  init(
    _ program: Program, head: MapID?, store: ParameterStore, options: TrainingOptions,
    kernels: UnsafePointer<fovea_kernels>
  ) throws {
    self.options = options
    self.kernels = kernels
    parameters = OperationParameters(store: store, isFrozen: options.isFrozen)
    let list = UnitList(program, dropsOutBefore: options.dropout > 0 ? head : nil)
    units = list.units
    guard let answer = program.outputs.first.flatMap(list.reference), answer.channelOffset == 0 else {
      throw ShapeError("the output is a part of a map")
    }
    answerUnit = answer.unit
    inputUnits = program.inputs.map { list.reference(to: $0)?.unit }
    gradients = GradientPlanner(units: units, elementSize: options.precision.elementSize)
  }

  /// The plan; of what grows with the input nothing is allocated yet.
  func plan() throws -> NetworkPlan {
    markTrained()
    for unit in units { try makeOutput(unit) }
    for unit in units { try makeOperation(unit) }
    let answer = outputs[answerUnit].whole ?? outputs[answerUnit].map
    planGradients()
    planLifetimes()
    for unit in units {
      operations[unit.index].plan(
        WorkspacePlanner(
          forwardStep: unit.forwardStep, backwardStep: backwardStep(unit.index), kernels: kernels,
          register: { self.workspaces.append($0) }))
    }
    let inputs = inputUnits.map { $0.flatMap { operations[$0] as? ImageInput } }
    guard inputs.contains(where: { $0 != nil }) else {
      throw ShapeError("the output does not depend on the image")
    }
    let steps = units.map { unit in
      NetworkPlan.Step(
        operation: operations[unit.index], isTrained: unit.needsGradient,
        preparations: gradients.preparations[unit.index] ?? [])
    }
    let (places, arenaBytes) = placeStorages()
    return NetworkPlan(
      steps: steps, labels: labels, inputs: inputs, answer: answer,
      answerGradient: outputs[answerUnit].gradient, places: places, arenaBytes: arenaBytes,
      scratchBytes: operations.map(\.scratchBytes).max() ?? 0,
      statisticsBytes: outputs.compactMap { $0.tail?.statistics?.byteCount }.reduce(0, +))
  }

  /// Every unit's operation, place, shapes and tail.
  private var labels: [String] {
    units.map { unit in
      let shapes = unit.inputs.map(\.shape.description).joined(separator: ", ")
      let kept = outputs[unit.index].whole == nil ? "" : " whole"
      let tail =
        (unit.norm == nil ? "" : " + norm")
        + (unit.activation == .identity ? "" : " + \(unit.activation.rawValue)") + kept
      return "\(type(of: operations[unit.index])) \(unit.path) \(shapes) -> \(unit.shape)\(tail)"
    }
  }

  /// Forward steps 0 …, the loss, then backward steps in reverse.
  func backwardStep(_ unit: Int) -> Int { 2 * units.count - unit }
  private var lossStep: Int { units.count }

  private func markTrained() {
    for unit in units {
      let own = unit.ownParameters + (unit.norm.map(\.parameters) ?? [])
      unit.needsGradient =
        own.contains { parameters.gradient($0) != nil }
        || unit.inputs.contains { units[$0.unit].needsGradient }
    }
  }

  private func makeOutput(_ unit: Unit) throws {
    let elementSize = options.precision.elementSize
    let map = Map(unit.shape, elementSize: elementSize)
    var tail: Tail?
    if unit.hasTail {
      let statistics = try unit.norm.map { norm in
        try BatchStatistics(
          norm, rows: unit.shape.rows, store: parameters.store, isFrozen: options.isFrozen)
      }
      tail = Tail(statistics: statistics, activation: unit.activation)
    }
    let whole = unit.hasTail && !isReadThrough(unit) ? Map(unit.shape, elementSize: elementSize) : nil
    outputs.append(Output(map, tail: tail, whole: whole))
  }

  /// Whether the only reader of a map can apply the tail to the rows that it reads.
  private func isReadThrough(_ unit: Unit) -> Bool {
    guard unit.index != answerUnit, unit.readers.count == 1 else { return false }
    let reader = units[unit.readers[0].unit]
    let input = reader.inputs[unit.readers[0].input]
    return input.channelOffset == 0 && input.shape.channels == unit.shape.channels && reader.readsThroughTails
  }

  private func makeOperation(_ unit: Unit) throws {
    let sources = unit.inputs.map { input in
      let output = outputs[input.unit]
      let stored = output.whole ?? output.map
      return Source(
        stored.view(input.shape, channels: input.channelOffset),
        through: output.whole == nil ? output.tail : nil)
    }
    self.sources.append(sources)
    operations.append(try operation(unit, sources, outputs[unit.index]))
  }

  private func planGradients() {
    gradients.start(at: answerUnit)
    for unit in units.reversed() where unit.needsGradient {
      outputs[unit.index].gradient = gradients.gradient(of: unit.index)
      let isPlainSum =
        unit.isResidual && !unit.hasTail && (operations[unit.index] as? ResidualAdd)?.dropsSamples == false
      for (position, input) in unit.inputs.enumerated() where units[input.unit].needsGradient {
        if isPlainSum, gradients.share(from: unit.index, with: input) { continue }
        sources[unit.index][position].gradient = gradients.target(for: input, reader: unit.index)
      }
    }
  }

  private func planLifetimes() {
    for unit in units {
      let output = outputs[unit.index]
      output.map.storage.use(at: unit.forwardStep)
      output.whole?.storage.use(at: unit.forwardStep)
      let operation = operations[unit.index]
      let backward = backwardStep(unit.index)
      for (position, source) in sources[unit.index].enumerated() {
        source.map.storage.use(at: unit.forwardStep)
        guard unit.needsGradient else { continue }
        if operation.memory.sources[position] { source.map.storage.use(at: backward) }
        source.gradient?.map.storage.use(at: backward)
        source.gradient?.collected?.storage.use(at: backward)
      }
      guard unit.needsGradient else { continue }
      if output.tail != nil || operation.memory.output { output.map.storage.use(at: backward) }
      output.gradient?.storage.use(at: backward)
      for preparation in gradients.preparations[unit.index] ?? [] {
        preparation.map.storage.use(at: backward)
        preparation.source?.storage.use(at: backward)
      }
    }
    (outputs[answerUnit].whole ?? outputs[answerUnit].map).storage.use(at: lossStep)
    outputs[answerUnit].gradient?.storage.use(at: lossStep)
  }

  /// The place of every storage in an arena, and the bytes of it.
  private func placeStorages() -> (places: [(storage: Storage, offset: Int)], byteCount: Int) {
    var seen = Set<ObjectIdentifier>()
    let maps =
      outputs.flatMap { [$0.map, $0.whole, $0.gradient].compactMap(\.self) }
      + sources.joined().flatMap { [$0.gradient?.map, $0.gradient?.collected].compactMap(\.self) }
    let storages = (maps.map(\.storage) + workspaces).filter { storage in
      storage.isUsed && seen.insert(ObjectIdentifier(storage)).inserted
    }
    var regions = storages.map {
      Region(byteCount: $0.byteCount.roundedToCacheLine, firstStep: $0.firstStep, lastStep: $0.lastStep)
    }
    let byteCount = ArenaPlanner.assign(&regions) + 64
    return (zip(storages, regions).map { ($0, $1.offset) }, byteCount)
  }
}
