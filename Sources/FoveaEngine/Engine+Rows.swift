import FoveaGraph

/// A result that still lies in the engine's memory, read row by row: inside the `body` that it was given to, and not
/// after.
public struct OutputMap {
  /// (B, H, W, C).
  public let shape: Shape
  let placement: Placement
  let execution: Execution

  /// The whole map in the caller's memory.
  public func copy() -> FeatureMap { execution.load(placement) }

  /// Copies a row of an image, (W, C) float32, C fastest.
  public func read(row: Int, image: Int = 0, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(
      target.count == shape.width * shape.channels,
      "a row of \(shape) has \(shape.width * shape.channels) elements, not \(target.count)")
    guard let start = target.baseAddress else { return }
    let view = execution.view(placement, image: image)
    for column in 0..<shape.width {
      execution.kernels.pointee.convert_to_float(
        view.pixel(row, column), start + column * shape.channels, shape.channels)
    }
  }
}

extension Engine {
  /// Runs an image whose rows arrive one by one, top to bottom, and hands over results without copying them.
  ///
  /// The first layers run in strips while rows arrive, and maps that are too large to keep are computed when
  /// they are read: memory is that of the maps of coarser strides. The image is (1, H, W, C), its rows
  /// normalised. `body` reads the results of `outputs` before the next run; neither it nor `rows` may call the engine.
  /// Throws what `rows` and `body` throw, a `ShapeError`, and `EngineError.outOfMemory`.
  public func run<Result>(
    image: Shape, rows: RowSource, outputs: [Value], body: ([OutputMap]) throws -> Result
  ) throws -> Result {
    let key = Key(inputs: [image], outputs: outputs, streams: true)
    let result = try state.withLock { state -> UncheckedSending<Result> in
      let (plan, _, execution) = try prepare(key, &state)
      if let program = plan.arrivingRows {
        try program.run(execution, rows: rows)
      } else {
        try execution.fill(plan.inputs[0], from: rows)
      }
      for step in plan.steps { step.run(execution) }
      let maps = plan.outputs.map { OutputMap(shape: $0.shape, placement: $0, execution: execution) }
      return UncheckedSending(try body(maps))
    }
    return result.value
  }
}

/// Carries a result out of the engine's lock to the caller that made it.
private struct UncheckedSending<Value>: @unchecked Sendable {
  let value: Value
  init(_ value: Value) { self.value = value }
}

extension Execution {
  /// Takes all rows of an image into the arena.
  fileprivate func fill(_ placement: Placement, from rows: RowSource) throws {
    let view = view(placement, image: 0)
    let elements = placement.shape.width * placement.shape.channels
    let row = UnsafeMutableBufferPointer<Float>.allocate(capacity: elements)
    defer { row.deallocate() }
    for index in 0..<placement.shape.height {
      try rows(index, row)
      if let source = row.baseAddress {
        kernels.pointee.convert_from_float(source, view.pixel(index, 0), elements)
      }
    }
  }
}
