import CFoveaKernels
import FoveaGraph

// Operations that run strip by strip.
extension PlanBuilder {
  mutating func appendProgram(_ members: [Int]) throws {
    let operations = members.map { context.operations[$0] }
    var sums: [Int: (region: Int, imageFloats: Int)] = [:]
    for (index, operation) in operations.enumerated() {
      if case .linearAttention(let attention) = context.node(operation).operation {
        sums[index] = try appendSums(attention, operation)
      }
    }
    var stages: [StripStage] = []
    for (index, operation) in operations.enumerated() {
      let isWritten = index == operations.count - 1 || context.isMaterialised(operation.output, members)
      stages.append(
        try stripStage(operation, after: operations[..<index], isWritten: isWritten, sums: sums[index]))
    }
    let multiplyAdds = operations.map { context.multiplyAdds[$0.node] }.reduce(0, +)
    var touched = sums.values.map(\.region)
    for stage in stages {
      for case .map(let placement) in stage.sources { touched.append(placement.region) }
      if let destination = stage.destination { touched.append(destination.region) }
    }
    append(strip(stages, images: context.shape(operations[0].output).batch, multiplyAdds), touching: touched)
  }

  /// A program of stages with its layout; pixel-by-pixel stages see one column of tokens.
  private func strip(_ stages: [StripStage], images: Int, _ multiplyAdds: Int) -> StripStep {
    var program = StripProgram(stages: stages, images: images)
    if program.isPointwise { program = program.asTokens() }
    let tokens = program.images * program.last.shape.tokens
    let panels = (program.last.shape.channels + 15) / 16
    let splitsPanels =
      stages.count == 1 && (stages[0].stage as? ProductStage)?.groups == 1
      && context.threads > 1 && tokens <= 64 && panels >= 2 * context.threads
    return StripStep(
      program: program,
      layout: StripLayout(
        program, threads: splitsPanels ? 1 : context.threads, elementSize: context.elementSize,
        budget: context.stripBudget),
      multiplyAdds: multiplyAdds, splitsPanels: splitsPanels)
  }

  private mutating func stripStage(
    _ operation: LoweredOperation, after earlier: ArraySlice<LoweredOperation>, isWritten: Bool,
    sums: (region: Int, imageFloats: Int)?
  ) throws -> StripStage {
    let made = try stage(for: operation)
    let (input, output) = (context.shape(made.input), context.shape(operation.output))
    let isJoinedOutput = isJoined(operation.output)
    let joinedInput = sums == nil ? nil : placementOfWhole(of: operation)
    return StripStage(
      stage: made.stage, input: joinedInput.map { .map($0) } ?? source(made.input, earlier),
      second: made.second.map { source($0, earlier, over: input) },
      residual: operation.residual.map { source($0, earlier) },
      destination: isWritten || isJoinedOutput ? placement(writing: operation.output) : nil, sums: sums,
      shape: output, inputHeight: input.height, inputWidth: input.width, path: context.node(operation).path)
  }

  /// Where a stage reads a map; `main` is the shape over which a second operand repeats.
  private mutating func source(
    _ value: Value, _ earlier: ArraySlice<LoweredOperation>, over main: Shape? = nil
  ) -> StageSource {
    let root = context.graph.root(of: value)
    if let index = earlier.firstIndex(where: { $0.output.index == root.index }) {
      return .stage(index, channelOffset: root.channelOffset)
    }
    let placement = placement(reading: value)
    return .map(main.map { placement.repeating(over: $0) } ?? placement)
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
    var program = StripProgram(stages: [], images: across ? 1 : images)
    program.stages = stages.map { stage in
      func tokens(_ source: StageSource) -> StageSource {
        if case .map(let placement) = source {
          .map(placement.asTokens(acrossImages: across))
        } else {
          source
        }
      }
      var stage = stage
      stage.input = tokens(stage.input)
      stage.second = stage.second.map(tokens)
      stage.residual = stage.residual.map(tokens)
      stage.destination = stage.destination?.asTokens(acrossImages: across)
      stage.shape = Shape(height: height, width: 1, channels: stage.shape.channels)
      (stage.inputHeight, stage.inputWidth) = (height, 1)
      return stage
    }
    return program
  }
}
