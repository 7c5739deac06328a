import FoveaEngine
import FoveaGraph
import FoveaImage
import FoveaModels
import FoveaWeights

/// A model that is ready to run: its graph, its weights in an engine, its labels and preprocessing.
///
/// Several tasks may use one at once.
public final class LoadedModel: Sendable {
  /// The folder's or the embedded model's name.
  public let name: String
  /// Where messages say that it is: the folder, or the name.
  public let path: String
  /// What the config says.
  public let configuration: ModelConfiguration
  /// What the model computes.
  public let graph: Graph
  /// How it is run.
  public let options: RunOptions
  /// What was taken from the weights' file and how, where that is not as it stands there: a line each.
  public let notes: [String]
  /// The family's numbers.
  public let architecture: any Architecture
  let parameters: any ParameterSource
  let engine: Engine
  /// The label set that the config names, where it is inside the binary.
  private let embeddedLabels: String?
  /// The folder's labels.json, where there is none inside the binary.
  private let ownLabels: LabelSet?

  /// Loads a model and prepares it to run.
  ///
  /// `task` is what it must answer; nil takes any, and then `embedded` says which model `.embedded` is.
  ///
  /// - Throws: status `usage` for an unknown name or the wrong task, `badData` for a bad model folder.
  /// - Complexity: O(parameters).
  public convenience init(
    _ source: ModelSource, for task: ModelTask? = nil, embedded: ModelTask = .classification,
    options: RunOptions = .init()
  ) throws(FoveaError) {
    let found = try ModelFolder(source, task: task ?? embedded)
    let model = try found.load()
    let actual = model.task
    guard task == nil || task == actual else {
      let what = actual.map(\.rawValue) ?? (model.furtherGraphs.isEmpty ? "features" : "points and boxes")
      throw FoveaError(
        path: found.path, reason: "is a model for \(what), not for \(task?.rawValue ?? "this")",
        hint: "choose another with -m, or leave it out", status: .usage)
    }
    try self.init(
      model, name: found.name, path: found.path, folder: found.isEmbedded ? nil : found.path, options: options
    )
  }

  /// An architecture by its bare name, with random weights of a fixed seed: to time it.
  convenience init(architecture name: String, options: RunOptions) throws(FoveaError) {
    let model: Model
    do {
      model = try Model(architecture: name)
    } catch {
      throw FoveaError(error, path: name)
    }
    try self.init(model, name: name, path: name, folder: nil, options: options)
  }

  private init(
    _ model: Model, name: String, path: String, folder: String?, options: RunOptions
  ) throws(FoveaError) {
    (self.name, self.path, self.options) = (name, path, options)
    (configuration, architecture) = (model.configuration, model.architecture)
    let parameters = KeptParameters(
      model.parameters, of: [model.graph] + model.furtherGraphs.values,
      path: FileSystem.join(path, folder.flatMap { ModelFiles(folder: $0).weights } ?? "model.safetensors"))
    (graph, self.parameters) = (model.graph, parameters)
    (task, notes) = (model.task, model.notes)
    (embeddedLabels, ownLabels) = try ModelLabels.sets(of: model, folder: folder)
    do {
      engine = try Engine(graph: graph, parameters: parameters, options: options.engine)
    } catch {
      throw FoveaError(running: error, path: path)
    }
  }

  /// The label set that the config names, where it is inside the binary, or the folder's own labels.json.
  ///
  /// One inside the binary is read when it is first asked for: a thousand names take as long as a small picture.
  public var labelSet: LabelSet? { ownLabels ?? embeddedLabels.flatMap { try? .named($0) } }

  /// What it answers; nil where its result is neither a class nor a map of classes.
  public let task: ModelTask?

  /// How this model's task meets a picture unless told otherwise: a segmenter sees it whole, at its own size.
  var ownFit: Fit { task == .segmentation ? .native : .crop }

  /// The labels in the order of the logits: the config's, the label set's, or numbers.
  public var labels: [String] {
    (0..<(graph.output(named: "logits")?.channels ?? 0)).map(label)
  }

  /// The label of a class.
  public func label(of index: Int) -> String {
    if index < configuration.labels.count { return configuration.labels[index] }
    if let labelSet, index < labelSet.classes.count { return labelSet.classes[index].label }
    return "\(index)"
  }

  /// The map of a name among the graph's outputs.
  ///
  /// Throws with status `usage` and the names that there are.
  public func output(named name: String) throws(FoveaError) -> Value {
    if let value = graph.output(named: name) { return value }
    let names = graph.outputs.map(\.name)
    throw FoveaError(
      path: name, reason: "unknown stage of \(self.name)",
      hint: didYouMean(name, among: names, then: "its stages are \(names.joined(separator: ", "))"),
      status: .usage)
  }
}
