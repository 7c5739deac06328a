import FoveaGraph

// Operations that see whole maps.
extension PlanBuilder {
  mutating func appendBarrier(_ operation: LoweredOperation) throws {
    let output = operation.output
    switch context.node(operation).operation {
    case .input: break
    case .constant:
      let map = try context.node(operation).operation.reference.evaluate(
        [], shape: context.shape(output), parameters: context.cache.source)
      try placeConstant(output, map)
    case .reshape:
      var placement = placement(reading: operation.inputs[0])
      placement.shape = context.shape(output)
      place(output, at: placement)
    case .concatenate(let join):
      if join.axis == .channels { _ = whole(of: operation) } else { appendTokenCopies(operation) }
    case .slice(let slice):
      let source = context.shape(operation.inputs[0])
      let count = context.shape(output).width
      appendGather(operation, operation.inputs[0]) { image, token in
        let (row, column) = (token / count, token % count)
        return (image * source.height + row) * source.width + slice.start + column
      }
    case .globalAverage: appendAverage(operation)
    case .windowPartition(let partition): appendPartition(partition, operation)
    case .windowMerge(let merge): appendMerge(merge, operation)
    case .linearAttention(let attention):
      if context.runsByDefinition(attention, operation) {
        try appendReference(operation)
      } else {
        try appendQuadratic(attention, operation)
      }
    case .softmaxAttention(let attention): try appendSoftmax(attention, operation)
    case .tokenProduct: appendTokenProduct(operation)
    default: preconditionFailure("\(context.node(operation).path) runs row by row")
    }
  }

  private mutating func appendAverage(_ operation: LoweredOperation) {
    let input = placement(reading: operation.inputs[0])
    let output = placement(writing: operation.output)
    let chunks = GlobalAverageStep.chunks(input.shape.tokens)
    let partials = region(bytes: input.shape.batch * chunks * input.shape.channels * 4)
    append(
      GlobalAverageStep(
        input: input, output: output, partials: partials, paths: [context.node(operation).path]),
      touching: [input.region, output.region, partials])
  }

  /// Pixels of the output from pixels of an input, both counted over all images; −1 is zeros.
  private mutating func appendGather(
    _ operation: LoweredOperation, _ input: Value, into part: Placement? = nil, targets: Range<Int>? = nil,
    _ source: (_ image: Int, _ token: Int) -> Int
  ) {
    let from = placement(reading: input)
    let to = part ?? placement(writing: operation.output)
    let targets = targets ?? 0..<to.shape.tokens
    var sources: [Int32] = []
    sources.reserveCapacity(to.shape.batch * targets.count)
    for image in 0..<to.shape.batch {
      for token in 0..<targets.count { sources.append(Int32(source(image, token))) }
    }
    append(
      GatherStep(
        input: from, output: to, sources: sources, targets: targets, paths: [context.node(operation).path]),
      touching: [from.region, to.region])
  }

  /// Maps copied side by side into the channels of a whole.
  mutating func appendChannelCopies(_ operation: LoweredOperation, into whole: Placement) {
    var part = whole
    for input in operation.inputs {
      let shape = context.shape(input)
      part.shape.channels = shape.channels
      appendGather(operation, input, into: part) { image, token in
        (shape.batch == 1 ? 0 : image * shape.tokens) + token
      }
      part.channelOffset += shape.channels
    }
  }

  /// Tokens copied one after the other.
  private mutating func appendTokenCopies(_ operation: LoweredOperation) {
    // Every row of every image is a sequence of its own.
    var rows = placement(writing: operation.output)
    let height = rows.shape.height
    (rows.shape.batch, rows.shape.height) = (rows.shape.batch * height, 1)
    var offset = 0
    for input in operation.inputs {
      let shape = context.shape(input)
      appendGather(operation, input, into: rows, targets: offset..<offset + shape.width) { row, token in
        (shape.batch == 1 ? row % height : row) * shape.width + token
      }
      offset += shape.width
    }
  }

  /// A rare operation, by its definition.
  private mutating func appendReference(_ operation: LoweredOperation) throws {
    let inputs = operation.inputs.map { placement(reading: $0) }
    let output = placement(writing: operation.output)
    let residual = operation.residual.map { placement(reading: $0) }
    let step = ReferenceStep(
      operation: context.node(operation).operation, inputs: inputs, residual: residual, output: output,
      parameters: try ReadParameters(of: context.node(operation).operation, from: context.cache.source),
      paths: [context.node(operation).path],
      multiplyAdds: context.multiplyAdds[operation.node])
    append(step, touching: (inputs + [output] + (residual.map { [$0] } ?? [])).map(\.region))
  }

  private mutating func appendTokenProduct(_ operation: LoweredOperation) {
    let maps = operation.inputs.map { placement(reading: $0) }
    let output = placement(writing: operation.output)
    let step = TokenProductStep(
      map: maps[0], tokens: maps[1], output: output,
      granularity: context.cache.kernels.pointer.pointee.depth_granularity,
      elementSize: context.settings.elementSize, paths: [context.node(operation).path],
      multiplyAdds: context.multiplyAdds[operation.node])
    append(step, touching: maps.map(\.region) + [output.region])
  }

  private mutating func appendPartition(_ partition: WindowPartition, _ operation: LoweredOperation) {
    let map = context.shape(operation.inputs[0])
    let windows = WindowPixels(map: map, window: partition.window, shift: partition.shift)
    appendGather(operation, operation.inputs[0]) { window, token in windows.pixel(window, token) }
  }

  private mutating func appendMerge(_ merge: WindowMerge, _ operation: LoweredOperation) {
    let map = context.shape(operation.output)
    let windows = WindowPixels(map: map, window: merge.window, shift: merge.shift)
    appendGather(operation, operation.inputs[0]) { image, token in windows.token(image, token) }
  }
}

/// Where the pixels of a map lie in its windows, and back.
struct WindowPixels {
  private let map: Shape
  private let height: Int
  private let width: Int
  private let rows: Int
  private let columns: Int
  private let shift: Int

  init(map: Shape, window: WindowSize, shift: Int) {
    self.map = map
    (height, width) = window.resolved(on: map)
    rows = (map.height + height - 1) / height
    columns = (map.width + width - 1) / width
    self.shift = shift
  }

  /// The pixel, over all images, at a position of a window; −1 in the padding.
  func pixel(_ window: Int, _ token: Int) -> Int {
    let (image, index) = (window / (rows * columns), window % (rows * columns))
    let y = (index / columns * height + token / width + shift) % (rows * height)
    let x = (index % columns * width + token % width + shift) % (columns * width)
    return y < map.height && x < map.width ? (image * map.height + y) * map.width + x : -1
  }

  /// The position, over all windows, of a pixel of an image.
  func token(_ image: Int, _ pixel: Int) -> Int {
    let y = (pixel / map.width - shift + rows * height) % (rows * height)
    let x = (pixel % map.width - shift + columns * width) % (columns * width)
    let window = (image * rows + y / height) * columns + x / width
    return window * height * width + y % height * width + x % width
  }
}
