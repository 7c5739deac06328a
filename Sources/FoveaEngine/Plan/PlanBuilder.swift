import CFoveaKernels
import FoveaGraph

/// Writes a plan: steps one after the other, and a place for every map that more than one step sees.
struct PlanBuilder {
  let context: PlanContext
  private(set) var steps: [any Step] = []
  private var stepBytes: [Int] = []
  private(set) var regions: [Region] = []
  private var constants: [Int: AlignedBuffer] = [:]
  private var placements: [Int: Placement] = [:]
  private var isDone: [Bool]
  /// True once the image's rows are read as they arrive.
  private(set) var streamsInput = false
  private var joined: [Int: (whole: Int, channelOffset: Int)] = [:]
  private var wholes: [Placement] = []
  private var wholeOfOperation: [Int: Int] = [:]

  init(_ context: PlanContext) {
    self.context = context
    isDone = [Bool](repeating: false, count: context.operations.count)
    findJoinedMaps()
  }

  /// The finished plan.
  mutating func plan(outputs: [Value]) throws -> Plan {
    let streamed = try appendStreamedRows()
    let inputs = streamed == nil ? context.graph.inputs.map { placement(writing: $0.value) } : []
    let all = Array(context.operations.indices)
    for index in all { try append(index, among: all) }
    var results = outputs.map { placement(reading: $0) }
    let departing = takeDepartingRows(&results)
    for placement in inputs { touch(placement.region, step: -1) }
    for placement in results { touch(placement.region, step: steps.count) }
    let borrows = context.settings.borrowsInputs && inputs.allSatisfy { isDense($0) }
    return Plan(
      steps: steps, stepBytes: stepBytes, regions: regions, constants: constants, inputs: inputs,
      borrowsInputs: borrows,
      outputs: results, arrivingRows: streamed, departingRows: departing)
  }

  /// Whether a map fills a region of its own without gaps.
  private func isDense(_ placement: Placement) -> Bool {
    regions[placement.region].byteCount == placement.shape.elements * context.settings.elementSize
  }

  /// Where plans stream, the program that reads the image's rows as they arrive; nil where something else than
  /// a program of strips reads the image.
  private mutating func appendStreamedRows() throws -> ArrivingRowsProgram? {
    let inputs = context.graph.inputs
    guard context.settings.streams, inputs.count == 1, let readers = context.readers[inputs[0].value.index],
      let first = readers.first, first < context.operations.count,
      context.kind(context.operations[first]) == .stage
    else { return nil }
    let image = context.shape(inputs[0].value)
    let group = context.group(from: first, among: Array(context.operations.indices))
    guard image.batch == 1, readers.allSatisfy(group.members.contains), canStream(group.members) else {
      return nil
    }
    for member in group.members { isDone[member] = true }
    for other in group.before { try append(other, among: group.before) }
    streamsInput = true
    let stages = try stripStages(group.members, sums: [:])
    for region in touched(stages) { touch(region, step: -1) }
    let elementSize = context.settings.elementSize
    var program = ArrivingRowsProgram(
      StripProgram(stages: stages, images: 1), image: image, threads: context.settings.threads,
      elementSize: elementSize, bandRows: 64)
    program.bands.multiplyAdds = multiplyAdds(group.members)
    program.region = region(bytes: program.byteCount(elementSize: elementSize))
    touch(program.region, step: -1)
    return program
  }

  /// Takes the last step away where rows pass through and its one result is too large to keep: its rows are then
  /// computed as they are read.
  private mutating func takeDepartingRows(_ results: inout [Placement]) -> DepartingRowsProgram? {
    let settings = context.settings
    guard settings.flow == .passing, let step = steps.last as? StripStep,
      let whole = step.program.last.destination, whole.shape == results.first?.shape,
      results.allSatisfy({ $0.region == whole.region }), whole.shape.batch == 1,
      step.program.stages.count(where: { $0.destination != nil }) == 1,
      regions[whole.region].firstStep == steps.count - 1,
      regions[whole.region].byteCount >= settings.largeMap
    else { return nil }
    steps.removeLast()
    stepBytes.removeLast()
    var departing = DepartingRowsProgram(
      step.program, threads: settings.threads, elementSize: settings.elementSize, budget: settings.stripBudget
    )
    regions[whole.region].byteCount =
      departing.keptRows * whole.shape.width * whole.pixelStride * settings.elementSize
    departing.bands.multiplyAdds = step.multiplyAdds
    for index in results.indices { results[index].keptRows = departing.keptRows }
    departing.region = region(bytes: departing.bands.ringBytes)
    touch(departing.region, step: steps.count)
    return departing
  }

  /// Whether operations can run before all others: they read the image, one another and what never changes, and
  /// none needs sums over all of the image.
  private func canStream(_ members: [Int]) -> Bool {
    members.allSatisfy { member in
      let operation = context.operations[member]
      if case .linearAttention = context.node(operation).operation { return false }
      return operation.reads.allSatisfy { value in
        let root = context.graph.root(of: value)
        switch context.graph.nodes[root.index].operation {
        case .constant: return true
        case .input:
          // its rows arrive whole, and once: as a second operand it is as large as the result
          let (image, result) = (context.shape(value), context.shape(operation.output))
          return value.index == root.index
            && (value.index == operation.inputs[0].index
              || (image.height, image.width) == (result.height, result.width))
        default: return context.producers[root.index].map(members.contains) ?? false
        }
      }
    }
  }

  /// Appends an operation with those that run together with it, out of the candidates.
  private mutating func append(_ index: Int, among candidates: [Int]) throws {
    guard !isDone[index] else { return }
    isDone[index] = true
    switch context.kind(context.operations[index]) {
    case .view: break
    case .barrier: try appendBarrier(context.operations[index])
    case .stage:
      // What runs twice for an attention brings the attention with it.
      let isTwice = context.recomputations.values.contains { $0.contains(index) }
      let all = isTwice ? Array(context.operations.indices) : candidates
      let group = context.group(from: index, among: all.filter { !isDone[$0] })
      let members = withoutHalves(group.members)
      for member in members { isDone[member] = true }
      for other in group.before { try append(other, among: group.before) }
      try appendProgram(members)
    }
  }

  /// Members up to an attention that could compute a part of its inputs again, but finds the rest computed.
  private func withoutHalves(_ members: [Int]) -> [Int] {
    let half = members.firstIndex { member in
      let twice = context.recomputed(for: member)
      return !twice.isDisjoint(with: members) && !twice.isSubset(of: members)
    }
    return half.map { Array(members[..<$0]) } ?? members
  }

  // MARK: Memory

  mutating func append(_ step: any Step, touching touched: [Int]) {
    for region in touched { touch(region, step: steps.count) }
    stepBytes.append(Set(touched).map { regions[$0].byteCount }.reduce(0, +))
    steps.append(step)
  }

  private mutating func touch(_ region: Int, step: Int) {
    regions[region].firstStep = min(regions[region].firstStep, step)
    regions[region].lastStep = max(regions[region].lastStep, step)
  }

  /// A new region of a number of bytes, alive where steps touch it.
  mutating func region(bytes: Int) -> Int {
    regions.append(Region(byteCount: bytes, firstStep: .max, lastStep: -2))
    return regions.count - 1
  }

  /// Where a map is to be written: its own region, or its channels of a joined one.
  mutating func placement(writing value: Value) -> Placement {
    if let known = placements[value.index] { return known }
    let shape = context.shape(value)
    var placement: Placement
    if let part = joined[value.index] {
      placement = wholes[part.whole]
      placement.channelOffset += part.channelOffset
      placement.shape = shape
    } else {
      placement = newPlacement(shape)
    }
    placements[value.index] = placement
    return placement
  }

  /// A region of its own for a map of a shape.
  private mutating func newPlacement(_ shape: Shape) -> Placement {
    let elementSize = context.settings.elementSize
    let stride = shape.channels.paddedStride(elementSize: elementSize)
    return Placement(
      region: region(bytes: shape.rows * stride * elementSize), channelOffset: 0, pixelStride: stride,
      shape: shape)
  }

  /// Where a map lies that was written before.
  mutating func placement(reading value: Value) -> Placement {
    let root = context.graph.root(of: value)
    var placement = self.placement(writing: Value(index: root.index, channels: 0))
    placement.channelOffset += root.channelOffset
    placement.shape.channels = context.shape(value).channels
    return placement
  }

  /// Makes a map another name for a placed one.
  mutating func place(_ value: Value, at placement: Placement) {
    placements[value.index] = placement
  }

  /// A map that is the same in every run.
  mutating func placeConstant(_ value: Value, _ map: FeatureMap) throws {
    let buffer = try AlignedBuffer(byteCount: map.shape.elements * context.settings.elementSize)
    map.values.withUnsafeBufferPointer { values in
      if let start = values.baseAddress {
        context.cache.kernels.pointer.pointee.convert_from_float(start, buffer.base, values.count)
      }
    }
    let region = region(bytes: 0)
    constants[region] = buffer
    placements[value.index] = Placement(
      region: region, channelOffset: 0, pixelStride: map.shape.channels, shape: map.shape,
      repeatsOverImages: true)
  }

  // MARK: Joined maps

  /// Maps that are joined along their channels, or read as one by an attention, are written side by side from
  /// the start, where each is computed by an operation of its own and is part of one whole only.
  private mutating func findJoinedMaps() {
    for (index, operation) in context.operations.enumerated() {
      switch context.node(operation).operation {
      case .concatenate(let join) where join.axis == .channels:
        joinParts(of: operation)
        placements[operation.output.index] = wholeOfOperation[operation.node].map { wholes[$0] }
      case .linearAttention(let attention)
      where attention.layout == .interleaved && operation.inputs.count > 1
        && !context.runsByDefinition(attention, operation):
        if context.recomputed(for: index).isEmpty { joinParts(of: operation) }
      default: break
      }
    }
  }

  private mutating func makeWhole(of operation: LoweredOperation) {
    var shape = context.shape(operation.output)
    shape.channels = operation.inputs.map(\.channels).reduce(0, +)
    wholes.append(newPlacement(shape))
    wholeOfOperation[operation.node] = wholes.count - 1
  }

  private mutating func joinParts(of operation: LoweredOperation) {
    makeWhole(of: operation)
    guard canJoin(operation.inputs, images: context.shape(operation.output).batch) else { return }
    var offset = 0
    for input in operation.inputs {
      joined[input.index] = (wholes.count - 1, offset)
      offset += input.channels
    }
  }

  /// The map that an operation's inputs are, side by side: copied together where they could not be written so.
  mutating func whole(of operation: LoweredOperation) -> Placement? {
    if operation.inputs.count > 1, wholeOfOperation[operation.node] == nil { makeWhole(of: operation) }
    guard let index = wholeOfOperation[operation.node] else { return nil }
    let isJoined = operation.inputs.allSatisfy { joined[$0.index]?.whole == index }
    if !isJoined { appendChannelCopies(operation, into: wholes[index]) }
    return wholes[index]
  }

  /// The map that an operation's inputs are, after `whole(of:)` has made it.
  func placementOfWhole(of operation: LoweredOperation) -> Placement? {
    wholeOfOperation[operation.node].map { wholes[$0] }
  }

  /// A map of one image that repeats over several is copied.
  private func canJoin(_ inputs: [Value], images: Int) -> Bool {
    Set(inputs.map(\.index)).count == inputs.count
      && inputs.allSatisfy { input in
        guard joined[input.index] == nil, context.shape(input).batch == images,
          let producer = context.producers[input.index]
        else { return false }
        switch context.node(context.operations[producer]).operation {
        case .input, .constant, .reshape, .slice, .concatenate: return false
        default: return true
        }
      }
  }

  /// Whether a map is written as a part of a whole.
  func isJoined(_ value: Value) -> Bool { joined[value.index] != nil }
}
