import FoveaGraph

/// One step of a plan: what runs together, what it costs, and what it took.
public struct StepReport: Sendable {
  /// What kind of step it is: `strip`, `attention sums`, …
  public let kind: String
  /// The dotted paths of the layers that it computes.
  public let paths: [String]
  /// How it is cut, e.g. rows at a time and columns at a time; empty where it is not.
  public let detail: String
  /// Multiply-adds of convolutions, linear layers and attention products.
  public let multiplyAdds: Int
  /// Bytes of the maps and weights that it reads and writes.
  public let bytes: Int
  /// Bytes of scratch that each thread takes.
  public let scratchBytes: Int
  /// The time of a run, where one was measured.
  public let duration: Duration?

  init(_ step: any Step, mapBytes: Int, duration: Duration? = nil) {
    kind = step.kind
    paths = step.paths
    detail = step.detail
    multiplyAdds = step.multiplyAdds
    bytes = mapBytes + step.weightBytes
    scratchBytes = step.scratchBytes
    self.duration = duration
  }

  /// Rows as they arrive or are read.
  init(_ bands: BandProgram, kind: String, image: Shape?, elementSize: Int, threads: Int) {
    self.kind = kind
    paths = bands.program.stages.map(\.path)
    let shape = bands.program.last.shape
    detail = "\(shape), \(bands.tileCount) tiles of columns"
    multiplyAdds = bands.multiplyAdds
    let maps = bands.program.mapElements + (image?.elements ?? shape.elements)
    bytes = maps * elementSize + bands.program.weightBytes
    scratchBytes = bands.ringBytes / threads
    duration = nil
  }
}

extension Engine {
  /// The steps in which an input of some shapes would run, without running it.
  ///
  /// Throws a `ShapeError` where the inputs do not fit, and what the parameter source throws.
  public func plan(inputs: [Shape], outputs: [Value], flow: RowFlow = .whole) throws -> [StepReport] {
    let key = Key(inputs: inputs, outputs: outputs, flow: flow)
    let plan = try state.withLock { try self.plan(key, &$0) }
    func report(_ bands: BandProgram, _ kind: String, image: Shape? = nil) -> StepReport {
      StepReport(bands, kind: kind, image: image, elementSize: precision.elementSize, threads: threads)
    }
    return (plan.ends.arriving.map { [report($0.bands, "strip as rows arrive", image: $0.image)] } ?? [])
      + plan.steps.map { StepReport($0, mapBytes: plan.mapBytes(of: $0)) }
      + (plan.ends.departing.map { [report($0.bands, "strip as rows are read")] } ?? [])
  }

  /// The steps of a run with the time of each, the fastest of some repetitions.
  ///
  /// Throws what `run` throws.
  public func profile(
    _ inputs: [FeatureMap], outputs: [Value], repetitions: Int = 5
  ) throws -> [StepReport] {
    let key = Key(inputs: inputs.map(\.shape), outputs: outputs)
    return try state.withLock { state in
      let (plan, workspace, execution) = try prepare(key, &state)
      var best = [Duration](repeating: .seconds(1_000_000), count: plan.steps.count)
      for _ in 0..<max(repetitions, 1) {
        plan.withInputs(inputs, workspace, execution) {
          plan.run(execution) { index, run in
            best[index] = min(best[index], ContinuousClock().measure(run))
          }
        }
      }
      return zip(plan.steps, best).map { step, duration in
        StepReport(step, mapBytes: plan.mapBytes(of: step), duration: duration)
      }
    }
  }
}
