import CFoveaKernels
import FoveaEngine
import FoveaGraph

/// A graph that learns: forward in training mode, and backward to the gradients of all its parameters.
///
/// Memory is planned once for an input's shape; steps do not allocate. Results are the same bits for any number of
/// threads. One task uses it at a time.
public final class TrainingNetwork {
  /// B, h, w and the classes of the logits.
  public let outputShape: Shape
  /// The parameters that it reads, and whose gradients it fills.
  public let parameters: ParameterStore
  /// The instruction set of its kernels.
  public let instructionSet: InstructionSet
  /// Bytes of maps, gradients, scratch and statistics; the parameters are not counted.
  public let byteCount: Int
  /// Threads at work, the caller's among them.
  public var threads: Int { pass.workers.pool.count }

  let plan: NetworkPlan
  /// The elements of each input.
  private let inputSizes: [Int]
  private let arena: AlignedBuffer
  private let logits: AlignedBuffer
  private var pass: Pass
  /// The duration of every step of a pass, while a profile is taken.
  private var times: [Duration]?

  /// A network for inputs of these shapes, (B, H, W, 3) of a whole model, that computes a named output of a graph.
  ///
  /// Throws a `ShapeError` where the input does not fit or the output is unknown, and an `EngineError` where the
  /// instruction set or the precision is not to be had, or memory, or the options' limit of it is too low.
  public init(
    graph: Graph, output: String, parameters: ParameterStore, inputs: [Shape],
    options: TrainingOptions = .init()
  ) throws {
    guard let value = graph.output(named: output) else { throw ShapeError("no output is named \(output)") }
    let table = try KernelTable(options.instructionSet, precision: options.precision)
    let kernels = table.pointer
    let floatKernels = try KernelTable(table.instructionSet, precision: .float32).pointer
    let program = try Program(lowering: graph, inputs: inputs, outputs: [value])
    let planner = try NetworkPlanner(
      program, head: graph.lastLayer(of: value).map { MapID(node: $0) }, store: parameters, options: options,
      kernels: kernels)
    plan = try planner.plan()
    outputShape = program.outputs[0].shape
    inputSizes = inputs.map(\.elements)
    self.parameters = parameters
    instructionSet = table.instructionSet
    let threads = max(1, options.threads ?? Machine.current.processors)
    byteCount =
      plan.arenaBytes + threads * plan.scratchBytes + plan.statisticsBytes + outputShape.elements * 4
    guard byteCount <= options.memoryLimit else {
      throw EngineError.overMemoryLimit(bytes: byteCount, limit: options.memoryLimit)
    }
    arena = try plan.makeArena()
    logits = try AlignedBuffer(byteCount: outputShape.elements * 4)
    let workers = try Workers(pool: ThreadPool(threads: threads), scratchBytes: plan.scratchBytes)
    pass = Pass(
      kernels: kernels, floatKernels: floatKernels, workers: workers,
      elementSize: options.precision.elementSize, seed: options.seed)
  }

  /// The logits of images (B, H, W, 3), channels fastest: rows of classes, valid until the next call. Several inputs
  /// come one after the other.
  ///
  /// In training batch norms normalise with the batch's moments and move their running statistics, and samples and
  /// elements drop out as the seed and the step say; else the running statistics normalise. Cost: the graph's
  /// multiply-adds.
  public func forward(
    _ images: UnsafeBufferPointer<Float>, step: Int = 0, isTraining: Bool = true
  ) -> UnsafeMutableBufferPointer<Float> {
    pass.step = step
    pass.isTraining = isTraining
    precondition(
      images.count == inputSizes.reduce(0, +), "inputs of \(inputSizes) floats, not of \(images.count) in all"
    )
    var start = 0
    for (input, size) in zip(plan.inputs, inputSizes) {
      input?.load(UnsafeBufferPointer(rebasing: images[start..<start + size]), pass)
      start += size
    }
    for (index, step) in plan.steps.enumerated() { timed(index) { step.operation.forward(pass) } }
    let (map, channels) = (plan.answer, outputShape.channels)
    for row in 0..<outputShape.rows {
      pass.kernels.pointee.convert_to_float(map.pixel(row), logits.floats + row * channels, channels)
    }
    return UnsafeMutableBufferPointer(start: logits.floats, count: outputShape.elements)
  }

  /// Fills `parameters.gradients` from the loss's gradient by the logits of the last forward pass in training.
  ///
  /// Cost: twice the graph's multiply-adds. Traps where the gradient has another size than the logits.
  public func backward(_ logitsGradient: UnsafeBufferPointer<Float>) {
    precondition(
      logitsGradient.count == outputShape.elements,
      "logits of \(outputShape) have \(outputShape.elements) gradients, not \(logitsGradient.count)")
    precondition(pass.isTraining, "backward follows a forward pass in training")
    parameters.gradients.update(repeating: 0)
    guard let gradient = plan.answerGradient, let base = logitsGradient.baseAddress else { return }
    for row in 0..<outputShape.rows {
      pass.kernels.pointee.convert_from_float(
        base + row * outputShape.channels, gradient.pixel(row), outputShape.channels)
    }
    for (index, step) in plan.steps.enumerated().reversed() where step.isTrained {
      timed(index) {
        for preparation in step.preparations { preparation.run(pass) }
        step.operation.backward(pass)
      }
    }
  }

  /// Runs a step, and takes its time where somebody asks for it.
  private func timed(_ index: Int, _ body: () -> Void) {
    guard times != nil else { return body() }
    let clock = ContinuousClock()
    times?[index] = clock.measure(body)
  }

  /// The times of every step of both passes.
  func timed(
    _ images: [Float], _ gradient: [Float]
  ) -> (forward: [Duration], backward: [Duration]) {
    defer { times = nil }
    times = [Duration](repeating: .zero, count: plan.steps.count)
    images.withUnsafeBufferPointer { _ = forward($0) }
    let first = times ?? []
    times = [Duration](repeating: .zero, count: plan.steps.count)
    gradient.withUnsafeBufferPointer { backward($0) }
    return (first, times ?? [])
  }
}
