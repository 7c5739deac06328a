import FoveaGraph

// Operations that only move pixels.

extension PlanLayout {
  /// Pixels of the output from pixels of an input, both counted over all images; −1 is zeros.
  fileprivate mutating func appendGather(
    from input: MapRef, to output: Placement, targets: Range<Int>? = nil, _ path: String,
    _ source: (_ image: Int, _ token: Int) -> Int
  ) {
    let targets = targets ?? 0..<output.shape.tokens
    var sources: [Int32] = []
    sources.reserveCapacity(output.shape.batch * targets.count)
    for image in 0..<output.shape.batch {
      for token in 0..<targets.count { sources.append(Int32(source(image, token))) }
    }
    append(
      GatherStep(
        input: placement(reading: input), output: output, sources: sources, targets: targets, paths: [path]))
  }

  /// The pixels of an operation's output from those of its only input.
  fileprivate mutating func appendGather(
    _ operation: LoweredOperation, _ source: (_ image: Int, _ token: Int) -> Int
  ) {
    guard let main = operation.operands.main else { return }
    appendGather(from: main, to: placement(writing: operation.output), operation.path, source)
  }

  /// Maps copied side by side into the channels of a joined one.
  mutating func appendChannelCopies(of maps: [MapRef], into whole: Placement, _ path: String) {
    var part = whole
    for map in maps {
      let shape = map.shape
      part.shape.channels = shape.channels
      appendGather(from: map, to: part, path) { image, token in
        (shape.batch == 1 ? 0 : image * shape.tokens) + token
      }
      part.channelOffset += shape.channels
    }
  }
}

extension Concatenation: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    switch axis {
    case .channels: .whole(self, .joined(inputs))
    case .width: .whole(self, .several(inputs))
    }
  }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    switch axis {
    case .channels: _ = layout.joinedMap(of: operation)
    case .width: appendTokenCopies(operation, in: &layout)
    }
  }

  /// Tokens copied one after the other.
  private func appendTokenCopies(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    // Every row of every image is a sequence of its own.
    var rows = layout.placement(writing: operation.output)
    let height = rows.shape.height
    (rows.shape.batch, rows.shape.height) = (rows.shape.batch * height, 1)
    var offset = 0
    for map in operation.operands.maps {
      let shape = map.shape
      layout.appendGather(from: map, to: rows, targets: offset..<offset + shape.width, operation.path) {
        (shape.batch == 1 ? $0 % height : $0) * shape.width + $1
      }
      offset += shape.width
    }
  }
}

extension Slice: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered {
    switch axis {
    case .channels: .alias(inputs[0].channels(from: start, output))
    case .width: .whole(self, .unary(inputs[0]))
    }
  }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    guard let source = operation.operands.main?.shape else { return }
    let count = operation.output.shape.width
    layout.appendGather(operation) { image, token in
      let (row, column) = (token / count, token % count)
      return (image * source.height + row) * source.width + start + column
    }
  }
}

extension WindowPartition: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .whole(self, .unary(inputs[0])) }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    guard let map = operation.operands.main?.shape else { return }
    let windows = WindowPixels(map: map, window: window, shift: shift)
    layout.appendGather(operation) { window, token in windows.pixel(window, token) }
  }
}

extension WindowMerge: WholeOperation {
  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .whole(self, .unary(inputs[0])) }

  func layOut(_ operation: LoweredOperation, in layout: inout PlanLayout) {
    let windows = WindowPixels(map: operation.output.shape, window: window, shift: shift)
    layout.appendGather(operation) { image, token in windows.token(image, token) }
  }
}
