import FoveaEngine
import FoveaGraph
import FoveaModels

/// Times a model on this machine.
public final class Benchmark: Sendable {
  /// What was measured at one size.
  public struct Timing: Sendable {
    /// The model's name.
    public let model: String
    /// Rows of the input.
    public let height: Int
    /// Columns of the input.
    public let width: Int
    /// Images in a run.
    public let batch: Int
    /// Threads that ran it.
    public let threads: Int
    /// What feature maps were made of.
    public let precision: Precision
    /// The instruction set that ran it.
    public let instructionSet: InstructionSet
    /// Seconds of the fastest run.
    public let minimum: Double
    /// Seconds of the run in the middle.
    public let median: Double
    /// The most memory that the process has held at once, in bytes.
    public let peakMemory: Int
    /// Trained numbers.
    public let parameters: Int
    /// Multiply-adds of one image.
    public let multiplyAdds: Int
  }

  /// The model's name.
  public let name: String
  /// Rows of the model's own input size.
  public let height: Int
  /// Columns of that size.
  public let width: Int
  private let model: LoadedModel
  private let parameters: Int
  /// The logits, or what the graph names last.
  private let result: Value

  /// Prepares a model: a name or path, an architecture's bare name (random weights of a fixed seed), or for nil
  /// the segmenter inside the binary.
  public init(_ argument: String?, options: RunOptions = .init()) throws(FoveaError) {
    let summary: ModelSummary
    if let argument {
      summary = try ModelSummary(argument: argument)
    } else {
      summary = try ModelSummary(.named(ModelTask.segmentation.embeddedModel))
    }
    model =
      summary.kind == .architecture
      ? try LoadedModel(architecture: summary.name, options: options)
      : try LoadedModel(
        argument.map(ModelSource.init(argument:)) ?? .embedded, embedded: .segmentation, options: options)
    result = try model.output(named: model.graph.outputs.last?.name ?? "logits")
    (name, height, width, parameters) = (summary.name, summary.height, summary.width, summary.parameters)
  }

  /// Runs the network on noise of a fixed seed for a time, at least five times after one run that is not counted.
  ///
  /// Throws where the run is impossible at the size, or over the memory limit.
  public func run(height: Int, width: Int, batch: Int = 1, seconds: Double = 2) throws(FoveaError) -> Timing {
    let shape = model.inputShape(batch: batch, height: height, width: width)
    let outputs = [result]
    try model.checkMemory(shape, outputs: outputs, path: name)
    let input = noise(shape)
    var times = [try time(input, outputs)]
    times.removeAll()
    var total = 0.0
    while total < seconds || times.count < 5 {
      times.append(try time(input, outputs))
      total += times[times.count - 1]
    }
    times.sort()
    let shapes = (try? model.graph.shapes(height: height, width: width)) ?? []
    return Timing(
      model: name, height: height, width: width, batch: batch,
      threads: model.engine.threads, precision: model.options.precision,
      instructionSet: try ProcessorChoice(for: model.options.precision).instructionSet,
      minimum: times[0], median: times[times.count / 2], peakMemory: MachineMemory.peak,
      parameters: parameters, multiplyAdds: model.graph.multiplyAdds(shapes: shapes).reduce(0, +))
  }

  /// The steps in which the engine runs an image, without running it, and the bytes of all maps, scratch and
  /// tables; with `flow` `.passing` as `Segmenter.writeMask` runs a file.
  public func plan(
    height: Int, width: Int, flow: RowFlow = .whole
  ) throws(FoveaError) -> (steps: [StepReport], peakMemory: Int) {
    do {
      let shape = model.inputShape(height: height, width: width)
      return (
        try model.engine.plan(inputs: [shape], outputs: [result], flow: flow),
        try model.engine.peakMemory(inputs: [shape], outputs: [result], flow: flow)
      )
    } catch {
      throw FoveaError(running: error, path: name)
    }
  }

  /// What a pass of planning makes of an image, without running it: for each operation, group, step or region a line
  /// for people and a JSON object.
  ///
  /// Throws where the network does not take the size. Cost: that of planning, some milliseconds.
  public func planLines(
    _ pass: PlanPass, height: Int, width: Int, flow: RowFlow = .whole
  ) throws(FoveaError) -> [(text: String, json: String)] {
    do {
      let shape = Shape(height: height, width: width, channels: 3)
      return try model.engine.lines(of: pass, inputs: [shape], outputs: [result], flow: flow)
        .map { ($0.text, $0.json) }
    } catch {
      throw FoveaError(running: error, path: name)
    }
  }

  /// The steps of a run on noise with the time of each, the fastest of five.
  public func profile(height: Int, width: Int, batch: Int = 1) throws(FoveaError) -> [StepReport] {
    let shape = model.inputShape(batch: batch, height: height, width: width)
    try model.checkMemory(shape, outputs: [result], path: name)
    do {
      return try model.engine.profile([noise(shape)], outputs: [result])
    } catch {
      throw FoveaError(running: error, path: name)
    }
  }

  /// What this machine can do with the benchmark's kernels and threads; half a second.
  public func measuredRates() throws(FoveaError) -> MachineRates {
    do {
      return try model.engine.measuredRates()
    } catch {
      throw FoveaError(running: error, path: name)
    }
  }

  private func time(_ input: FeatureMap, _ outputs: [Value]) throws(FoveaError) -> Double {
    let clock = ContinuousClock()
    let start = clock.now
    _ = try model.run(input, outputs: outputs, path: name)
    let elapsed = (clock.now - start).components
    return Double(elapsed.seconds) + Double(elapsed.attoseconds) * 1e-18
  }

  /// Numbers between −1 and 1 from a linear congruential generator, the same on every machine.
  private func noise(_ shape: Shape) -> FeatureMap {
    var state: UInt64 = 1
    let values = (0..<shape.elements).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int32(truncatingIfNeeded: state >> 32)) * 0x1p-31
    }
    return FeatureMap(shape: shape, values: values)
  }
}
