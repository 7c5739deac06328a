import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What a run works with: the parameters that learn, and where batches come from.
///
/// Where the backbone is frozen, the network is what follows it, and the batches are features that were computed
/// once.
struct TrainingMaterial {
  let learner: Learner
  /// Steps of an epoch.
  let stepsPerEpoch: Int
  private let recipe: Recipe
  private let model: StartingModel
  private let options: TrainingOptions
  /// The weights of classes in the loss.
  private let classWeights: [Float]?
  private let store: PhotoStore
  /// What is taken off the bias of the logits where the model is written.
  private let adjustment: (bias: String, values: [Float])?
  /// Features and what reads them, and the parameters of the whole model.
  private let frozen: (features: FeatureSet, cut: GraphCut, whole: ParameterStore)?
  /// How many random windows of a picture with a mask features are computed of.
  private static let windows = 2
  private let threads: Int

  /// Prepares what does not change with the size that is learnt from.
  init(_ trainer: Trainer, _ report: (TrainingEvent) -> Void) throws(FoveaError) {
    let (request, set) = (trainer.request, trainer.set)
    (recipe, model) = (trainer.recipe, trainer.model)
    let cut = request.method == .head ? model.graph.cut(before: "logits", whereFrozen: trainer.isFrozen) : nil
    // features take the place of pictures
    store = PhotoStore(
      set, shorterSide: 2 * (recipe.size.max() ?? 1), limit: cut == nil ? request.cacheBytes / 2 : 0)
    threads = request.threads ?? Machine.current.processors
    stepsPerEpoch =
      SampleOrder(samples: set.samples.count, batch: recipe.batch, seed: recipe.seed).stepsPerEpoch
    let frequencies = try ClassFrequencies(store, threads: request.threads)
    if let missing = frequencies.missing { report(.note(missing)) }
    classWeights = frequencies.weights(recipe.classWeights)
    adjustment = try Self.adjustment(model.graph, recipe, weights: classWeights)
    var options = TrainingOptions(
      threads: request.threads, precision: recipe.precision,
      dropPath: Float(recipe.dropPath), dropout: Float(recipe.dropout), seed: recipe.seed,
      isFrozen: trainer.isFrozen)
    options.memoryLimit = MachineMemory.total / 4 * 3
    try Self.checkMemory(model, isWhole: cut == nil)
    do {
      let whole = try ParameterStore(graph: model.graph, values: model.parameters)
      if let cut {
        if trainer.state.step > 0 {
          try Learner.restoreFrozen(whole, from: TrainingState.path(in: request.output))
        }
        let features = try FeatureSet(
          of: set, Self.views(of: store, recipe, model), maps: cut.maps, model, parameters: whole,
          threads: request.threads, limit: request.cacheBytes / 2, report)
        learner = Learner(try ParameterStore(graph: cut.rest, values: whole), recipe: recipe, frozen: whole)
        frozen = (features, cut, whole)
      } else {
        learner = Learner(whole, recipe: recipe)
        frozen = nil
      }
    } catch {
      throw FoveaError(running: error, path: model.configuration.name)
    }
    self.options = options
  }

  /// The network and the batches from a step on, as long as the size stays.
  ///
  /// Throws with status `overLimit` where the network would not fit the machine's memory.
  func phase(from step: Int) throws(FoveaError) -> TrainingPhase {
    let total = stepsPerEpoch * recipe.epochs
    let early = Int((recipe.earlyPart * Double(recipe.epochs)).rounded()) * stepsPerEpoch
    let isEarly = !recipe.earlySize.isEmpty && step < early
    let steps = step..<(isEarly ? early : total)
    if let frozen {
      let size = frozen.features.size
      return try phase(
        Shape(batch: recipe.batch, height: size.height, width: size.width, channels: 3), steps,
        batches: FeatureBatches(frozen.features, of: store.set, recipe, from: step))
    }
    let maker = BatchMaker(
      store, recipe, size: isEarly ? recipe.earlySize : recipe.size,
      preprocessing: model.configuration.photoPreprocessing(fit: .crop))
    return try phase(maker.shape, steps, batches: BatchLoader(maker, steps: steps, threads: threads))
  }

  private func phase(
    _ input: Shape, _ steps: Range<Int>, batches: @autoclosure () -> any BatchSource
  ) throws(FoveaError) -> TrainingPhase {
    let network: TrainingNetwork
    do {
      var inputs = [input]
      if let frozen {
        let shapes = try model.graph.shapes(inputs: inputs)
        inputs = frozen.cut.maps.map { shapes[$0.index] }
      }
      var options = options
      options.memoryLimit = min(options.memoryLimit, MachineMemory.planned ?? .max)
      network = try TrainingNetwork(
        graph: frozen?.cut.rest ?? model.graph, output: "logits", parameters: learner.store, inputs: inputs,
        options: options)
    } catch EngineError.overMemoryLimit(let bytes, let limit) {
      throw FoveaError(
        path: model.configuration.name,
        reason: "needs \(megabytes(bytes)) of memory to learn from \(input.batch) images of "
          + "\(input.height) x \(input.width), over the limit of \(megabytes(limit))",
        hint: "a smaller --batch or --size needs less", status: .overLimit)
    } catch {
      throw FoveaError(running: error, path: model.configuration.name)
    }
    return TrainingPhase(
      network, input, recipe, classWeights: classWeights, threads: threads, steps: steps, batches: batches())
  }

  /// Refuses parameters that the limit of address space does not leave room for: values, gradients, the optimiser's
  /// two moments and an average of each, copies of what is saved, and the weights of the model that is measured.
  private static func checkMemory(_ model: StartingModel, isWhole: Bool) throws(FoveaError) {
    let bytes = model.graph.parameters.map(\.count).reduce(0, +) * MemoryLayout<Float>.size
    try MachineMemory.checkAddressSpace(
      for: (isWhole ? 10 : 3) * bytes, path: model.configuration.name, what: "for the parameters")
  }

  /// Pictures that could not be read since this was last asked.
  func newErrors() -> [FoveaError] { store.newErrors() }

  /// The values of a parameter that the model answers with.
  func answering(_ parameter: Parameter) throws -> [Float] {
    guard let entry = learner.store.entry(of: parameter.path) else {
      return try frozen?.whole.values(of: parameter) ?? []
    }
    let values = learner.answering(entry)
    guard let adjustment, adjustment.bias == parameter.path else { return values }
    return zip(values, adjustment.values).map(-)
  }

  /// What features are computed of: pictures of classes as for an answer, random windows beside masks.
  private static func views(of store: PhotoStore, _ recipe: Recipe, _ model: StartingModel) -> PhotoViews {
    let preprocessing = model.configuration.photoPreprocessing(fit: .crop)
    guard store.set.masks != nil else {
      return PhotoViews(of: store.set, preprocessing: preprocessing, mirrors: recipe.augment.flip)
    }
    let maker = BatchMaker(store, recipe, size: recipe.size, preprocessing: preprocessing)
    return PhotoViews(windowsOf: maker, preprocessing: preprocessing, count: windows)
  }

  /// The recipe's part of ln w of each class, for the bias of the logits.
  private static func adjustment(
    _ graph: Graph, _ recipe: Recipe, weights: [Float]?
  ) throws(FoveaError) -> (bias: String, values: [Float])? {
    guard let weights, recipe.priorCorrection > 0 else { return nil }
    let layer = graph.output(named: "logits").flatMap(graph.lastLayer)
    let parameters = layer.map { graph.nodes[$0].operation.rules.parameters } ?? []
    guard let bias = parameters.last(where: { $0.shape == [weights.count] }) else {
      throw FoveaError(
        path: "recipe",
        reason: "prior_correction is \(recipe.priorCorrection), and the last layer has no bias",
        hint: "leave it out", status: .usage)
    }
    return (bias.path, weights.map { Float(recipe.priorCorrection * log(Double($0))) })
  }
}
