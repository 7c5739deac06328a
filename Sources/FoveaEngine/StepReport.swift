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
  /// Bytes of scratch that each thread takes.
  public let scratchBytes: Int
  /// The time of a run, where one was measured.
  public let duration: Duration?

  init(_ step: any Step, duration: Duration?) {
    kind = step.kind
    paths = step.paths
    detail = step.detail
    multiplyAdds = step.multiplyAdds
    scratchBytes = step.scratchBytes
    self.duration = duration
  }
}

extension Engine {
  /// The steps in which an input of some shapes would run, without running it.
  ///
  /// Throws a `ShapeError` where the inputs do not fit, and what the parameter source throws.
  public func plan(inputs: [Shape], outputs: [Value]) throws -> [StepReport] {
    try state.withLock { state in
      try plan(Key(inputs: inputs, outputs: outputs), &state).steps.map { StepReport($0, duration: nil) }
    }
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
          for (index, step) in plan.steps.enumerated() {
            best[index] = min(best[index], ContinuousClock().measure { step.run(execution) })
          }
        }
      }
      return zip(plan.steps, best).map { StepReport($0, duration: $1) }
    }
  }
}
