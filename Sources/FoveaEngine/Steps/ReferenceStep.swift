import CFoveaKernels
import FoveaGraph

/// A rare operation run by its definition, in float32 copies of its maps. It allocates.
struct ReferenceStep: Step {
  let operation: Operation
  let inputs: [Placement]
  let residual: Placement?
  let output: Placement
  let parameters: ReadParameters
  let paths: [String]
  let multiplyAdds: Int

  var kind: String { "reference" }
  var reads: [RegionID] { (inputs + (residual.map { [$0] } ?? [])).map(\.region) }
  var writes: [RegionID] { [output.region] }
  var scratchBytes: Int { 0 }
  var passingBytes: Int {
    (inputs + [output] + (residual.map { [$0] } ?? [])).map(\.shape.elements).reduce(0, +)
      * MemoryLayout<Float>.size
  }

  func run(_ execution: Execution) {
    let maps = inputs.map { execution.load($0) }
    guard
      var result = try? operation.reference.evaluate(maps, shape: output.shape, parameters: parameters)
    else { return }
    if let residual {
      for (index, value) in execution.load(residual).values.enumerated() { result.values[index] += value }
    }
    execution.store(result, at: output)
  }
}

/// The parameters of one operation, read while planning, where an error can still be thrown.
struct ReadParameters: ParameterSource {
  private let values: [String: [Float]]

  init(of operation: Operation, from source: any ParameterSource) throws {
    let pairs = try operation.rules.parameters.map { ($0.path, try source.values(of: $0)) }
    values = Dictionary(pairs) { first, _ in first }
  }

  func values(of parameter: Parameter) -> [Float] { values[parameter.path] ?? [] }
}

extension Execution {
  /// A copy of a map in the caller's form.
  func load(_ placement: Placement) -> FeatureMap {
    let (rows, channels) = (placement.shape.rows, placement.shape.channels)
    let values = [Float](unsafeUninitializedCapacity: rows * channels) { buffer, count in
      count = rows * channels
      guard let target = buffer.baseAddress else { return }
      copyRows(placement, rows: rows) { pixel, row, count in
        kernels.pointee.convert_to_float(pixel, target + row * channels, count)
      }
    }
    return FeatureMap(shape: placement.shape, values: values)
  }

  /// Writes a map in the caller's form to its place.
  func store(_ map: FeatureMap, at placement: Placement) {
    let channels = placement.shape.channels
    map.values.withUnsafeBufferPointer { values in
      guard let source = values.baseAddress else { return }
      copyRows(placement, rows: placement.shape.rows) { pixel, row, count in
        kernels.pointee.convert_from_float(source + row * channels, pixel, count)
      }
    }
  }

  /// Calls `copy` for runs of consecutive pixels: the place, the first pixel, and the number of elements.
  private func copyRows(
    _ placement: Placement, rows: Int, _ copy: (UnsafeMutableRawPointer, Int, Int) -> Void
  ) {
    let view = view(placement, image: 0)
    let channels = placement.shape.channels
    // Pixels that lie side by side are one run.
    let isDense = view.pixelStride == channels
    pool.run { thread in
      let share = ThreadPool.share(of: rows, thread: thread, threads: pool.count)
      guard !share.isEmpty else { return }
      for row in isDense ? share.prefix(1) : share {
        let count = (isDense ? share.count : 1) * channels
        copy(view.base + row * view.pixelStride * elementSize, row, count)
      }
    }
  }
}

/// An operation that no kernel of the engine computes.
struct Definition: WholeOperation {
  let operation: Operation

  func lowered(_ inputs: [MapRef], to output: Shape) -> Lowered { .whole(self, .several(inputs)) }

  func evaluate(_ inputs: [FeatureMap], shape: Shape, parameters: any ParameterSource) throws -> FeatureMap {
    try operation.reference.evaluate(inputs, shape: shape, parameters: parameters)
  }

  func layOut(_ lowered: LoweredOperation, in layout: inout PlanLayout) throws {
    let inputs = lowered.operands.maps.map { layout.placement(reading: $0) }
    let output = layout.placement(writing: lowered.output)
    let residual = lowered.residual.map { layout.placement(reading: $0) }
    layout.append(
      ReferenceStep(
        operation: operation, inputs: inputs, residual: residual, output: output,
        parameters: try ReadParameters(of: operation, from: layout.cache.source), paths: [lowered.path],
        multiplyAdds: lowered.multiplyAdds))
  }
}
