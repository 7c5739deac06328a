import CFoveaKernels
import FoveaGraph

extension Plan {
  /// The third pass: the steps of a schedule one after the other, and a place for every map that more than
  /// one of them sees.
  ///
  /// Throws `EngineError.outOfMemory`, and what the parameter source throws: weights are packed on the way.
  convenience init(
    layingOut schedule: Schedule, of program: Program, weights: WeightCache, _ settings: PlanSettings
  ) throws {
    var layout = PlanLayout(program, schedule, weights, settings)
    let inputs = schedule.streamsInput ? [] : program.inputs.map { layout.placement(writing: $0) }
    var arriving: ArrivingRowsProgram?
    for group in schedule.groups {
      switch group.form {
      case .whole: try layout.layOutWhole(program[group.members[0]])
      case .strips: try layout.layOutStrips(group)
      case .arrivingStrips: arriving = try layout.arrivingRows(group)
      }
    }
    var outputs = program.outputs.map { layout.placement(reading: $0) }
    let departing = layout.takeDepartingRows(&outputs, after: arriving)
    self.init(
      steps: layout.steps, regionBytes: layout.regionBytes, constants: layout.constants,
      ends: PlanEnds(
        inputs: inputs, borrowsInputs: settings.borrowsInputs && inputs.allSatisfy { layout.isDense($0) },
        outputs: outputs, arriving: arriving, departing: departing),
      unseenReads: settings.unseenReads)
  }
}

/// A plan while it is laid out.
struct PlanLayout {
  let program: Program
  let schedule: Schedule
  let cache: WeightCache
  let settings: PlanSettings
  private(set) var steps: [any Step] = []
  private(set) var regionBytes: [Int] = []
  /// Regions that hold the same bytes in every run.
  private(set) var constants: [RegionID: AlignedBuffer] = [:]
  private var placements: [MapID: Placement] = [:]
  /// The places of maps that are read as one, by who reads them.
  private(set) var joined: [OperationID: Placement] = [:]
  /// The operations that find the maps that they read as one written so.
  private var writtenInPlace: Set<OperationID> = []

  init(_ program: Program, _ schedule: Schedule, _ cache: WeightCache, _ settings: PlanSettings) {
    self.program = program
    self.schedule = schedule
    self.cache = cache
    self.settings = settings
    for join in schedule.joins { place(join) }
  }

  var granularity: Int { cache.kernels.pointer.pointee.depth_granularity }

  mutating func append(_ step: any Step) { steps.append(step) }

  mutating func layOutWhole(_ operation: LoweredOperation) throws {
    switch operation.work {
    case .whole(let work): try work.layOut(operation, in: &self)
    case .strips, .nothing: preconditionFailure("\(operation.path) does not run on its own")
    }
  }

  // MARK: Memory

  /// A new region of a number of bytes, alive where steps read and write it.
  mutating func region(bytes: Int) -> RegionID {
    regionBytes.append(bytes)
    return RegionID(regionBytes.count - 1)
  }

  /// Where a map is to be written: its own region, or its channels of a joined one.
  mutating func placement(writing map: MapRef) -> Placement {
    if let known = placements[map.map] { return known }
    let placement = newPlacement(map.mapShape)
    placements[map.map] = placement
    return placement
  }

  /// Where a map lies that was written before.
  mutating func placement(reading map: MapRef) -> Placement {
    var placement = placement(writing: map)
    placement.channelOffset += map.channelOffset
    placement.shape = map.shape
    return placement
  }

  /// A region of its own for a map of a shape.
  private mutating func newPlacement(_ shape: Shape) -> Placement {
    let stride = shape.channels.paddedStride(elementSize: settings.elementSize)
    return Placement(
      region: region(bytes: shape.rows * stride * settings.elementSize), channelOffset: 0,
      pixelStride: stride, shape: shape)
  }

  /// Whether a map fills a region of its own without gaps.
  func isDense(_ placement: Placement) -> Bool {
    regionBytes[placement.region.index] == placement.shape.elements * settings.elementSize
  }

  /// A map that is the same in every run.
  mutating func placeConstant(_ output: MapRef, _ map: FeatureMap) throws {
    let buffer = try AlignedBuffer(byteCount: map.shape.elements * settings.elementSize)
    map.values.withUnsafeBufferPointer { values in
      if let start = values.baseAddress {
        cache.kernels.pointer.pointee.convert_from_float(start, buffer.base, values.count)
      }
    }
    let region = region(bytes: 0)
    constants[region] = buffer
    placements[output.map] = Placement(
      region: region, channelOffset: 0, pixelStride: map.shape.channels, shape: map.shape,
      repeatsOverImages: true)
  }

  // MARK: Joined maps

  private mutating func place(_ join: Join) {
    let reader = program[join.reader]
    let whole = placeJoined(reader)
    if case .joined = reader.operands { placements[reader.output.map] = whole }
    guard join.isWrittenInPlace else { return }
    writtenInPlace.insert(join.reader)
    var part = whole
    for map in join.parts {
      part.shape = map.shape
      placements[map.map] = part
      part.channelOffset += map.shape.channels
    }
  }

  private mutating func placeJoined(_ reader: LoweredOperation) -> Placement {
    var shape = reader.output.shape
    shape.channels = reader.operands.readAsOne.map(\.shape.channels).reduce(0, +)
    let whole = newPlacement(shape)
    joined[reader.id] = whole
    return whole
  }

  /// The map that an operation reads as one: copied together where its parts could not be written so. Nil
  /// where it reads every map by itself.
  mutating func joinedMap(of operation: LoweredOperation) -> Placement? {
    let parts = operation.operands.readAsOne
    guard !parts.isEmpty else { return nil }
    let whole = joined[operation.id] ?? placeJoined(operation)
    if !writtenInPlace.contains(operation.id) { appendChannelCopies(of: parts, into: whole, operation.path) }
    return whole
  }

  /// Whether a map is written to its place in a joined one.
  func isPart(_ map: MapRef) -> Bool {
    schedule.joins.contains { join in
      join.isWrittenInPlace && join.parts.contains { $0.map == map.map }
    }
  }
}

extension PlanLayout {
  /// Takes the last step away where rows pass through and its one result is too large to keep: its rows are
  /// then computed as they are read.
  mutating func takeDepartingRows(
    _ results: inout [Placement], after arriving: ArrivingRowsProgram?
  ) -> DepartingRowsProgram? {
    guard settings.flow == .passing, let step = steps.last as? StripStep,
      let whole = step.program.last.destination, whole.shape == results.first?.shape,
      results.allSatisfy({ $0.region == whole.region }), whole.shape.batch == 1,
      step.program.stages.count(where: { $0.destination != nil }) == 1,
      !steps.dropLast().contains(where: { ($0.reads + $0.writes).contains(whole.region) }),
      !((arriving?.reads ?? []) + (arriving?.writes ?? [])).contains(whole.region),
      regionBytes[whole.region.index] >= settings.largeMap
    else { return nil }
    steps.removeLast()
    var departing = DepartingRowsProgram(
      step.program, threads: settings.threads, elementSize: settings.elementSize, budget: settings.stripBudget
    )
    regionBytes[whole.region.index] =
      departing.keptRows * whole.shape.width * whole.pixelStride * settings.elementSize
    departing.bands.multiplyAdds = step.multiplyAdds
    for index in results.indices { results[index].keptRows = departing.keptRows }
    departing.region = region(bytes: departing.bands.ringBytes)
    return departing
  }
}
