import FoveaGraph
import FoveaModels

/// What a training begins with: the network for the classes at hand, and its first values.
struct StartingModel: Sendable {
  /// The config that the trained model will have.
  let configuration: ModelConfiguration
  /// The architecture of it.
  let architecture: any Architecture
  /// The operations.
  let graph: Graph
  /// The first values: those taken over, and new ones.
  let parameters: any ParameterSource
  /// The paths of parameters whose values were taken over from a trained model.
  let taken: Set<String>
  /// Parameters that stay what they are, whatever is trained: random features and the like.
  let fixed: Set<String>
  /// The name of the model that values were taken from.
  let origin: String?
  /// What was done to read that model.
  var notes: [String] = []

  /// A network for a set's classes: an architecture by name, or that of a trained model, whose values are taken
  /// over where path and shape agree; the layer that gives the classes is always new.
  ///
  /// Throws where there is no such model, or it has no form for the task.
  init(
    architecture name: String?, from source: ModelSource?, for set: TrainingSet, recipe: Recipe
  ) throws(FoveaError) {
    let trained = try source.map { (source) throws(FoveaError) in
      let folder = try ModelFolder(source, task: set.task)
      return (name: folder.name, path: folder.path, model: try folder.load())
    }
    let path = name ?? trained?.path ?? ""
    do {
      var configuration = try name.map(ModelConfiguration.init(architecture:)) ?? trained?.model.configuration
      guard configuration != nil else {
        throw FoveaError(
          path: "train", reason: "no architecture",
          hint: "name one with --architecture, or a model with --init",
          status: .usage)
      }
      try configuration?.take(set, recipe)
      guard let configuration else { preconditionFailure("a configuration was found") }
      let architecture = try configuration.architecture()
      let graph = architecture.graph()
      fixed = Set(architecture.keys.computed.keys)
      let new = StartingValues(
        fresh: InitialParameters(graph, seed: recipe.seed), trained: trained?.model.parameters,
        computed: RandomParameters(seed: 0, keys: architecture.keys), fixed: fixed,
        taken: trained.map { Self.shared(graph, $0.model.graph) } ?? [])
      (self.configuration, self.architecture, self.graph) = (configuration, architecture, graph)
      (parameters, taken, origin) = (new, new.taken, trained?.name)
      notes = trained?.model.notes ?? []
    } catch let error as ModelError {
      throw FoveaError(error, path: path)
    } catch let error as FoveaError {
      throw error
    } catch {
      throw FoveaError(running: error, path: path)
    }
    guard trained == nil || !taken.isEmpty else {
      throw FoveaError(
        path: trained?.path ?? "", reason: "shares no tensor with \(configuration.name)",
        hint: "leave --architecture out to keep the model's own", status: .usage)
    }
  }

  /// The network of a run that goes on; its values come from the state.
  ///
  /// Throws with status `badData` where it is no network for the set's classes.
  init(resuming state: TrainingState, for set: TrainingSet, path: String) throws(FoveaError) {
    do throws(ModelError) {
      configuration = try ModelConfiguration(json: state.configuration)
      architecture = try configuration.architecture()
    } catch {
      throw FoveaError(error, path: path)
    }
    graph = architecture.graph()
    guard architecture.task == set.task, configuration.labels == set.labels,
      graph.output(named: "logits")?.channels == set.labels.count
    else {
      throw TrainingState.error(
        TrainingState.path(in: path), "its model is none for the \(set.labels.count) classes of the data")
    }
    (taken, origin) = (Set(state.taken), state.origin)
    fixed = Set(architecture.keys.computed.keys)
    parameters = StartingValues(
      fresh: InitialParameters(graph, seed: state.recipe.seed), trained: nil,
      computed: RandomParameters(seed: 0, keys: architecture.keys), fixed: fixed, taken: [])
  }

  /// The paths that two graphs share with equal shapes, but for the layer that gives the classes.
  private static func shared(_ graph: Graph, _ other: Graph) -> Set<String> {
    let theirs = Dictionary(other.parameters.map { ($0.path, $0.shape) }) { $1 }
    let layer = graph.output(named: "logits").flatMap(graph.lastLayer)
    let last = Set(layer.map { graph.nodes[$0].operation.rules.parameters.map(\.path) } ?? [])
    return Set(graph.parameters.filter { theirs[$0.path] == $0.shape && !last.contains($0.path) }.map(\.path))
  }
}

/// New values, and those of a trained model where they are taken over.
private struct StartingValues: ParameterSource {
  let fresh: InitialParameters
  let trained: (any ParameterSource)?
  let computed: RandomParameters
  let fixed: Set<String>
  let taken: Set<String>

  func values(of parameter: Parameter) throws -> [Float] {
    if fixed.contains(parameter.path) { return computed.values(of: parameter) }
    if let trained, taken.contains(parameter.path) { return try trained.values(of: parameter) }
    return fresh.values(of: parameter)
  }
}
