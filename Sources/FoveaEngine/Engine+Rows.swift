import FoveaGraph

/// A result that still lies in the engine's memory, read row by row: inside the `body` that it was given to, and not
/// after.
public struct OutputMap {
  /// (B, H, W, C).
  public let shape: Shape
  let placement: Placement
  let execution: Execution
  let floatKernels: KernelTable
  /// Computes the rows of a map that is not kept.
  fileprivate let departing: DepartingRows?

  /// The whole map in the caller's memory.
  public func copy() -> FeatureMap {
    guard departing != nil else { return execution.load(placement) }
    let elements = shape.width * shape.channels
    let values = [Float](unsafeUninitializedCapacity: shape.elements) { buffer, count in
      count = shape.elements
      for row in 0..<shape.height {
        read(
          row: row, into: UnsafeMutableBufferPointer(rebasing: buffer[row * elements..<(row + 1) * elements]))
      }
    }
    return FeatureMap(shape: shape, values: values)
  }

  /// Copies a row of an image, (W, C) float32, C fastest.
  public func read(row: Int, image: Int = 0, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(
      target.count == shape.width * shape.channels,
      "a row of \(shape) has \(shape.width * shape.channels) elements, not \(target.count)")
    guard let start = target.baseAddress else { return }
    prepare(row..<row + 1)
    convert(row, image: image, into: start)
  }

  /// Sees to it that some rows may be read: at most as many as a band of `DepartingRowsProgram` has.
  func prepare(_ rows: Range<Int>) { departing?.compute(rows) }

  /// The map of an image, of which some rows may be read.
  func view(image: Int, holding rows: Range<Int>) -> MapView {
    prepare(rows)
    return execution.view(placement, image: image)
  }

  /// Copies a row that has been prepared.
  func convert(_ row: Int, image: Int, into target: UnsafeMutablePointer<Float>) {
    let view = execution.view(placement, image: image)
    for column in 0..<shape.width {
      execution.kernels.pointee.convert_to_float(
        view.pixel(row, column), target + column * shape.channels, shape.channels)
    }
  }
}

extension Engine {
  /// Runs an image whose rows arrive one by one, top to bottom, and hands over results without copying them.
  ///
  /// The first layers run in strips while rows arrive, and maps that are too large to keep are computed when
  /// they are read: memory is that of the maps of coarser strides. The image is (1, H, W, C), its rows
  /// normalised. `body` reads the results of `outputs` before the next run; neither it nor `rows` may call the
  /// engine. With `flow` `.passing` a last result that is too large to keep is computed while `body` reads it.
  /// Throws what `rows` and `body` throw, a `ShapeError`, and `EngineError.outOfMemory`.
  public func run<Result>(
    image: Shape, rows: RowSource, outputs: [Value], flow: RowFlow = .arriving,
    body: ([OutputMap]) throws -> Result
  ) throws -> Result {
    precondition(flow != .whole, "rows arrive one by one")
    let key = Key(inputs: [image], outputs: outputs, flow: flow)
    let result = try state.withLock { state -> UncheckedSending<Result> in
      let (plan, _, execution) = try prepare(key, &state)
      if let program = plan.ends.arriving {
        try program.run(execution, rows: rows)
      } else {
        try execution.fill(plan.ends.inputs[0], from: rows)
      }
      plan.run(execution)
      let departing = plan.ends.departing.map { DepartingRows($0, execution) }
      let maps = plan.ends.outputs.map { output in
        OutputMap(
          shape: output.shape, placement: output, execution: execution, floatKernels: floatKernels,
          departing: output.keptRows == nil ? nil : departing)
      }
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
