import CFoveaKernels
import FoveaGraph

// Operations that run strip by strip.
extension PlanBuilder {
  mutating func appendProgram(_ members: [Int]) throws {
    var sums: [Int: AttentionSums] = [:]
    for member in members {
      let operation = context.operations[member]
      if case .linearAttention(let attention) = context.node(operation).operation {
        let readsMembers = operation.inputs.contains { input in
          context.producer(of: input).map(members.contains) ?? false
        }
        sums[member] =
          readsMembers
          ? try appendRecomputedSums(attention, member) : try appendSums(attention, operation)
      }
    }
    let needed = context.secondPass(members)
    let stages = try stripStages(needed, sums: sums, of: members)
    append(
      strip(StripProgram(stages: stages, images: images(needed)), multiplyAdds(needed)),
      touching: touched(stages))
  }

  /// The first pass of an attention whose keys and values are computed, summed and forgotten.
  private mutating func appendRecomputedSums(
    _ attention: LinearAttention, _ index: Int
  ) throws -> AttentionSums {
    let operation = context.operations[index]
    // Keys, values and the denominator's keys; interleaved maps hold all.
    let read = operation.inputs.enumerated()
      .filter { attention.layout == .interleaved || [1, 2, 4].contains($0.offset) }.map(\.element)
    let members = context.ancestors(of: read, within: context.recomputed(for: index))
    let keys = context.shape(operation.inputs[attention.layout == .separate ? 1 : 0])
    let pass = try firstPass(attention, operation, keys: keys)
    var stages = try stripStages(members, sums: [:], readBy: index)
    let part = attention.layout == .interleaved ? attention.headDimension : 0
    func source(_ input: Int, _ channels: Int) -> StageSource {
      self.source(operation.inputs[input], members).skipping(channels)
    }
    let isSeparate = attention.layout == .separate
    let guests = stages.indices.filter { stages[$0].host != nil }
    stages.append(
      StripStage(
        stage: AttentionSumsStage(accumulator: pass.accumulator, chunks: pass.chunks),
        input: isSeparate ? source(1, 0) : source(0, part),
        second: isSeparate ? source(2, 0) : source(0, 2 * part),
        residual: isSeparate && operation.inputs.count > 4 ? source(4, 0) : nil, guests: guests,
        sums: AttentionSums(
          region: pass.partials, imageFloats: pass.chunks.count * pass.accumulator.shape.sumsFloats),
        shape: keys, inputHeight: keys.height, inputWidth: keys.width, path: context.node(operation).path))
    let program = StripProgram(
      stages: stages, images: keys.batch, rowGrain: pass.chunks.rows, columnGrain: pass.chunks.columns)
    let multiplyAdds = multiplyAdds(members) + context.firstPassMultiplyAdds(operation)
    append(strip(program, multiplyAdds), touching: touched(stages) + [pass.partials])
    return appendTotal(pass, attention, operation, keys: keys)
  }

  func images(_ members: [Int]) -> Int { context.shape(context.operations[members[0]].output).batch }

  /// Multiply-adds of operations that run in strips: of an attention those of its second pass.
  func multiplyAdds(_ members: [Int]) -> Int {
    members.map { member in
      let operation = context.operations[member]
      return context.multiplyAdds[operation.node] - context.firstPassMultiplyAdds(operation)
    }.reduce(0, +)
  }

  func touched(_ stages: [StripStage]) -> [Int] {
    stages.flatMap { stage in
      var regions = stage.sources.compactMap { if case .map(let map) = $0 { map.region } else { nil } }
      if let destination = stage.destination { regions.append(destination.region) }
      if let sums = stage.sums { regions.append(sums.region) }
      return regions
    }
  }

  /// A program with its layout; pixel-by-pixel stages see one column of tokens.
  private func strip(_ program: StripProgram, _ multiplyAdds: Int) -> StripStep {
    let program = program.isPointwise ? program.asTokens() : program
    let threads = context.settings.threads
    let tokens = program.images * program.last.shape.tokens
    let panels = (program.last.shape.channels + 15) / 16
    let splitsPanels =
      program.stages.count == 1 && (program.stages[0].stage as? ProductStage)?.groups == 1
      && threads > 1 && tokens <= PlanContext.fewRows && panels >= 2 * threads
    return StripStep(
      program: program,
      layout: StripLayout(
        program, threads: splitsPanels ? 1 : threads, elementSize: context.settings.elementSize,
        budget: max(context.settings.stripBudget, program.weightBytes)),
      multiplyAdds: multiplyAdds, splitsPanels: splitsPanels)
  }

  /// The stages of operations; `readBy` is an attention outside that reads them from their rings, `of` the group
  /// where they are those of it that are needed: what the others read is not kept for them.
  mutating func stripStages(
    _ members: [Int], sums: [Int: AttentionSums], of group: [Int]? = nil, readBy reader: Int? = nil
  ) throws -> [StripStage] {
    let insiders = members + (reader.map { [$0] } ?? [])
    var stages: [StripStage] = []
    for (index, member) in members.enumerated() {
      let operation = context.operations[member]
      let made = try stage(for: operation)
      let earlier = Array(members[..<index])
      let (input, output) = (context.shape(made.input), context.shape(operation.output))
      let isRecomputed = reader.map { context.recomputed(for: $0).contains(member) } ?? false
      let joinedInput = sums[member] == nil ? nil : placementOfWhole(of: operation)
      let isWritten =
        !isRecomputed
        && (member == members.last || isJoined(operation.output)
          || context.isMaterialised(operation.output, group ?? insiders))
      stages.append(
        StripStage(
          stage: made.stage, input: joinedInput.map { .map($0) } ?? source(made.input, earlier),
          second: made.second.map { source($0, earlier, over: input) },
          residual: operation.residual.map { source($0, earlier) },
          destination: isWritten ? placement(writing: operation.output) : nil, sums: sums[member],
          shape: output, inputHeight: input.height, inputWidth: input.width,
          path: context.node(operation).path))
    }
    for member in insiders {
      let guests = joinRings(of: member, members, &stages)
      if let own = members.firstIndex(of: member) { stages[own].guests = guests }
    }
    let grid = stages[stages.count - 1].shape
    for (index, member) in members.enumerated() where stages[index].shape.tokens != grid.tokens {
      guard let leader = context.leader(of: member, members).flatMap(members.firstIndex) else { continue }
      stages[leader].guests.append(index)
    }
    return stages
  }

  /// Several maps that an attention reads as one from the rings lie in the first one's, side by side; gives
  /// the others.
  private func joinRings(of index: Int, _ members: [Int], _ stages: inout [StripStage]) -> [Int] {
    let operation = context.operations[index]
    guard case .linearAttention(let attention) = context.node(operation).operation,
      attention.layout == .interleaved, operation.inputs.count > 1,
      !context.recomputed(for: index).isEmpty
    else { return [] }
    let parts = operation.inputs.compactMap { context.producer(of: $0).flatMap(members.firstIndex) }
    guard parts.count == operation.inputs.count else { return [] }
    var offset = stages[parts[0]].shape.channels
    for part in parts.dropFirst() {
      stages[part].host = (parts[0], offset)
      offset += stages[part].shape.channels
    }
    stages[parts[0]].shape.channels = offset
    return Array(parts.dropFirst())
  }

  func isStreamedInput(_ value: Value) -> Bool {
    guard streamsInput, case .input = context.graph.nodes[value.index].operation else {
      return false
    }
    return true
  }

  /// Where an operation after some members reads a map; `main` is the shape over which a second operand repeats.
  mutating func source(_ value: Value, _ earlier: [Int], over main: Shape? = nil) -> StageSource {
    if isStreamedInput(value) { return .arrivingRows }
    let root = context.graph.root(of: value)
    if let producer = context.producers[root.index], let index = earlier.firstIndex(of: producer) {
      return .stage(index, channelOffset: root.channelOffset)
    }
    let placement = placement(reading: value)
    return .map(main.map { placement.repeating(over: $0) } ?? placement)
  }
}

extension StageSource {
  /// The same map from a later channel on.
  func skipping(_ channels: Int) -> StageSource {
    switch self {
    case .map(var placement):
      placement.channelOffset += channels
      return .map(placement)
    case .stage(let index, let offset): return .stage(index, channelOffset: offset + channels)
    case .arrivingRows: return self
    }
  }
}

extension StripProgram {
  /// The same program over one column of tokens: all images' where nothing tells images apart, or each image's.
  func asTokens() -> StripProgram {
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
