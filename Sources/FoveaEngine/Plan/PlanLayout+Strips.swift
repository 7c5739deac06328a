import FoveaGraph

// Operations that run strip by strip.
extension PlanLayout {
  mutating func layOutStrips(_ group: Group) throws {
    var sums: [OperationID: AttentionSums] = [:]
    for pass in group.firstPasses {
      let attention = program[pass.attention]
      sums[attention.id] =
        pass.recomputed.isEmpty
        ? try appendSums(of: attention) : try appendSums(of: attention, computing: pass.recomputed)
    }
    let stages = try stages(group.strip, sums: sums, of: group.members)
    append(
      strip(
        StripProgram(stages: stages, images: images(group.strip)), multiplyAdds: multiplyAdds(group.strip)))
  }

  /// The program of a group that reads the image's rows as they arrive.
  mutating func arrivingRows(_ group: Group) throws -> ArrivingRowsProgram {
    let stages = try stages(group.members, sums: [:], of: group.members)
    var program = ArrivingRowsProgram(
      StripProgram(stages: stages, images: 1), image: self.program.inputs[0].shape,
      threads: settings.threads, elementSize: settings.elementSize, bandRows: 64)
    program.bands.multiplyAdds = multiplyAdds(group.members)
    program.region = region(bytes: program.byteCount(elementSize: settings.elementSize))
    return program
  }

  /// The first pass of an attention whose keys and values are computed, summed and forgotten.
  private mutating func appendSums(
    of attention: LoweredOperation, computing members: [OperationID]
  ) throws -> AttentionSums {
    let pass = try firstPass(of: attention)
    var stages = try stages(members, sums: [:], of: members + [attention.id], readBy: attention)
    let companions = stages.ids.filter { stages[$0].sharedRing != nil }
    let input: StageSource
    let second: StageSource
    var normalizer: StageSource?
    switch pass.operands {
    case .separate(let operands):
      input = source(operands.key, members)
      second = source(operands.value, members)
      normalizer = operands.normalizer.map { source($0.key, members) }
    case .interleaved(let maps):
      let first = source(maps[0], members)
      input = first.skipping(pass.attention.headDimension)
      second = first.skipping(2 * pass.attention.headDimension)
    }
    let keys = pass.keys
    stages.append(
      StripStage(
        stage: AttentionSumsStage(accumulator: pass.accumulator, chunks: pass.chunks), input: input,
        second: second, residual: normalizer, companions: companions, sums: pass.blockSums, shape: keys,
        inputHeight: keys.height, inputWidth: keys.width, path: attention.path))
    let program = StripProgram(
      stages: stages, images: keys.batch, rowGrain: pass.chunks.rows, columnGrain: pass.chunks.columns)
    append(strip(program, multiplyAdds: multiplyAdds(members) + attention.firstPassMultiplyAdds))
    return appendTotal(pass, of: attention)
  }

  private func images(_ members: [OperationID]) -> Int { program[members[0]].output.shape.batch }

  /// Multiply-adds of operations that run in strips: of an attention those of its second pass.
  private func multiplyAdds(_ members: [OperationID]) -> Int {
    members.map { program[$0].multiplyAdds - program[$0].firstPassMultiplyAdds }.reduce(0, +)
  }

  /// A program with its layout; pixel-by-pixel stages see one column of tokens.
  private func strip(_ program: StripProgram, multiplyAdds: Int) -> StripStep {
    let program = program.isPointwise ? program.asTokens() : program
    let threads = settings.threads
    let tokens = program.images * program.last.shape.tokens
    let panels = (program.last.shape.channels + 15) / 16
    let splitsPanels =
      program.stages.count == 1 && program.last.stage.canSplitPanels && threads > 1
      && tokens <= Grouping.fewRows && panels >= 2 * threads
    return StripStep(
      program: program,
      layout: StripLayout(
        program, threads: splitsPanels ? 1 : threads, elementSize: settings.elementSize,
        budget: max(settings.stripBudget, program.weightBytes)),
      multiplyAdds: multiplyAdds, splitsPanels: splitsPanels)
  }

  /// The stages of operations; `readBy` is an attention outside that reads them from their rings, `group` all
  /// that run together: what only these read is not kept.
  private mutating func stages(
    _ members: [OperationID], sums: [OperationID: AttentionSums], of group: [OperationID],
    readBy reader: LoweredOperation? = nil
  ) throws -> [StripStage] {
    var stages: [StripStage] = []
    for (index, member) in members.enumerated() {
      let isForgotten = reader != nil
      let isWritten =
        !isForgotten
        && (member == members.last || isPart(program[member].output)
          || program.isReadOutside(program[member].output.map, group))
      stages.append(
        try stage(
          program[member], after: Array(members[..<index]), sums: sums[member], isWritten: isWritten))
    }
    for operation in members.map({ program[$0] }) + (reader.map { [$0] } ?? []) {
      let companions = shareRings(of: operation, members, &stages)
      if let own = members.firstIndex(of: operation.id) { stages[own].companions = companions }
    }
    let grid = stages[stages.count - 1].shape
    for (index, member) in members.enumerated() where stages[index].shape.tokens != grid.tokens {
      guard let other = program.companion(of: member, among: members).flatMap(members.firstIndex) else {
        continue
      }
      stages[other].companions.append(StageID(index))
    }
    return stages
  }

  private mutating func stage(
    _ operation: LoweredOperation, after earlier: [OperationID], sums: AttentionSums?, isWritten: Bool
  ) throws -> StripStage {
    guard case .strips(let work) = operation.work, let main = operation.operands.main else {
      preconditionFailure("\(operation.path) does not run row by row")
    }
    let whole = sums == nil ? nil : joined[operation.id]
    return StripStage(
      stage: try work.stage(of: operation, StageSite(cache: cache, elementSize: settings.elementSize)),
      input: whole.map { .map($0) } ?? source(main, earlier),
      second: operation.operands.second.map { source($0, earlier, over: main.shape) },
      residual: operation.residual.map { source($0, earlier) },
      destination: isWritten ? placement(writing: operation.output) : nil, sums: sums,
      shape: operation.output.shape, inputHeight: main.shape.height, inputWidth: main.shape.width,
      path: operation.path)
  }

  /// Several maps that an attention reads as one from the rings lie in the first one's, side by side; gives
  /// the others.
  private func shareRings(
    of attention: LoweredOperation, _ members: [OperationID], _ stages: inout [StripStage]
  ) -> [StageID] {
    guard joined[attention.id] == nil, case .linearAttention(.interleaved(let maps)) = attention.operands,
      maps.count > 1
    else { return [] }
    let parts = maps.compactMap { program.producerOfRows($0).flatMap(members.firstIndex).map(StageID.init) }
    guard parts.count == maps.count else { return [] }
    var offset = stages[parts[0]].shape.channels
    for part in parts.dropFirst() {
      stages[part].sharedRing = (parts[0], offset)
      offset += stages[part].shape.channels
    }
    stages[parts[0]].shape.channels = offset
    return Array(parts.dropFirst())
  }

  /// Where an operation after some members reads a map; `main` is the shape over which a second operand
  /// repeats.
  private mutating func source(_ map: MapRef, _ earlier: [OperationID], over main: Shape? = nil)
    -> StageSource
  {
    if schedule.streamsInput, program.inputs.contains(where: { $0.map == map.map }) { return .arrivingRows }
    if let producer = program.producerOfRows(map), let index = earlier.firstIndex(of: producer) {
      return .stage(StageID(index), channelOffset: map.channelOffset)
    }
    let placement = placement(reading: map)
    return .map(main.map { placement.repeating(over: $0) } ?? placement)
  }
}

extension StageSource {
  /// The same map from a later channel on.
  fileprivate func skipping(_ channels: Int) -> StageSource {
    switch self {
    case .map(var placement):
      placement.channelOffset += channels
      return .map(placement)
    case .stage(let stage, let offset): return .stage(stage, channelOffset: offset + channels)
    case .arrivingRows: return self
    }
  }
}

extension StripProgram {
  /// The same program over one column of tokens: all images' where nothing tells images apart, or each
  /// image's.
  fileprivate func asTokens() -> StripProgram {
    let tellsImagesApart = stages.contains { stage in
      stage.sums != nil
        || stage.sources.contains { $0.tellsImagesApart }
    }
    let shape = last.shape
    let across = !tellsImagesApart
    let height = across ? shape.rows : shape.tokens
    func tokens(_ source: StageSource) -> StageSource {
      if case .map(let placement) = source {
        .map(placement.asTokens(acrossImages: across))
      } else {
        source
      }
    }
    let tokenStages = stages.map { stage in
      var stage = stage
      stage.input = tokens(stage.input)
      stage.second = stage.second.map(tokens)
      stage.residual = stage.residual.map(tokens)
      stage.destination = stage.destination?.asTokens(acrossImages: across)
      stage.shape = Shape(height: height, width: 1, channels: stage.shape.channels)
      (stage.inputHeight, stage.inputWidth) = (height, 1)
      return stage
    }
    return StripProgram(stages: tokenStages, images: across ? 1 : images)
  }
}
