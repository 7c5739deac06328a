import FoveaEngine
import FoveaGraph
import FoveaModels
import FoveaTraining

/// What a run works with: the network that learns, and where its batches come from.
///
/// Where a classifier's backbone is frozen, the network is the layer of the classes alone, and the batches are
/// features that were computed once.
struct TrainingMaterial {
  let network: TrainingNetwork
  let learner: Learner
  /// The weights of classes in the loss.
  let classWeights: [Float]?
  /// The parameters of the whole model, where the network is but its last layer.
  private let rest: ParameterStore?
  private let store: PhotoStore
  private let features: FeatureSet?
  private let maker: BatchMaker
  private let threads: Int

  init(_ trainer: Trainer, _ report: (TrainingEvent) -> Void) throws(FoveaError) {
    let (recipe, model, set) = (trainer.recipe, trainer.model, trainer.set)
    let side = 2 * max(recipe.height, recipe.width)
    store = PhotoStore(set, shorterSide: side, limit: trainer.request.cacheBytes / 2)
    threads = trainer.request.threads ?? Machine.current.processors
    classWeights =
      recipe.classWeights == .balanced
      ? ClassFrequencies(store, threads: trainer.request.threads).balancedWeights : nil
    maker = BatchMaker(store, recipe, preprocessing: model.configuration.photoPreprocessing(fit: .crop))
    var options = TrainingOptions(
      threads: trainer.request.threads, precision: Precision(rawValue: recipe.precision) ?? .float32,
      dropPath: Float(recipe.dropPath), dropout: Float(recipe.dropout), seed: recipe.seed,
      isFrozen: trainer.isFrozen)
    do {
      let whole = try ParameterStore(graph: model.graph, values: model.parameters)
      if trainer.request.method == .head, set.masks == nil, let head = ClassHead(model.graph) {
        let found = try FeatureSet(
          of: set, head, model, trainer.request, mirrors: recipe.augment.flip, report)
        options.precision = .float32
        learner = Learner(try ParameterStore(graph: head.graph, values: whole), recipe: recipe)
        network = try TrainingNetwork(
          graph: head.graph, output: "logits", parameters: learner.store,
          input: Shape(batch: recipe.batch, height: 1, width: 1, channels: found.channels), options: options)
        (features, rest) = (found, whole)
      } else {
        learner = Learner(whole, recipe: recipe)
        network = try TrainingNetwork(
          graph: model.graph, output: "logits", parameters: whole, input: maker.shape, options: options)
        (features, rest) = (nil, nil)
      }
    } catch {
      throw FoveaError(running: error, path: model.configuration.name)
    }
  }

  /// Steps of an epoch.
  var stepsPerEpoch: Int { maker.order.stepsPerEpoch }

  /// The batches of steps, made ahead.
  func batches(from start: Int, to end: Int) -> any BatchSource {
    if let features { return FeatureBatches(features, maker, from: start) }
    return BatchLoader(maker, steps: start..<end, threads: threads)
  }

  /// Pictures that could not be read since this was last asked.
  func newErrors() -> [FoveaError] { store.newErrors() }

  /// The values of a parameter that the model answers with.
  func answering(_ parameter: Parameter) throws -> [Float] {
    if let entry = learner.store.entry(of: parameter.path) { return learner.answering(entry) }
    return try rest?.values(of: parameter) ?? []
  }
}
