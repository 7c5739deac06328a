import FoveaGraph
import FoveaModels

/// What can be said of a model before it is run: its counts come from the graph.
public struct ModelSummary: Sendable {
  /// Where a model is.
  public enum Kind: String, Sendable, Hashable {
    /// In a model folder.
    case folder
    /// Inside the binary.
    case embedded
    /// Nowhere: an architecture without weights.
    case architecture
  }

  /// The model's or the architecture's name.
  public let name: String
  /// Where it is.
  public let kind: Kind
  /// The folder, where there is one.
  public let path: String?
  /// The architecture's name.
  public let architecture: String
  /// What it answers; nil for neither a class nor a map of classes.
  public let task: ModelTask?
  /// The number of classes.
  public let classes: Int?
  /// Rows of the input that it was trained or evaluated at.
  public let height: Int
  /// Columns of that input.
  public let width: Int
  /// Trained numbers.
  public let parameters: Int
  /// Multiply-adds of one image of that size: convolutions, linear layers and attention products.
  public let multiplyAdds: Int
  /// The stages' names, in order.
  public let stages: [String]
  /// The attention blocks' dotted paths, in order.
  public let attentionBlocks: [String]

  /// A summary of a model; its weights are not read.
  public init(_ source: ModelSource) throws(FoveaError) {
    let folder = try ModelFolder(source, task: .classification)
    try self.init(
      folder.configuration(), name: folder.name, kind: folder.isEmbedded ? .embedded : .folder,
      path: folder.path)
  }

  /// A summary of an architecture by its bare name.
  public init(architecture name: String) throws(FoveaError) {
    let configuration: ModelConfiguration
    do {
      configuration = try Registry.configuration(named: name)
    } catch {
      throw FoveaError(error, path: name)
    }
    try self.init(configuration, name: name, kind: .architecture, path: name)
  }

  /// A summary of what a person wrote: a model's name or path, or an architecture's name.
  public init(argument: String) throws(FoveaError) {
    do throws(FoveaError) {
      try self.init(ModelSource(argument: argument))
    } catch {
      guard error.status == .usage, Self.architectureNames.contains(argument) else { throw error }
      try self.init(architecture: argument)
    }
  }

  /// The architectures that are known by name.
  public static var architectureNames: [String] { Registry.names }

  /// The config.json of a model, by its name or path, or of an architecture: the form that `convert` and model
  /// folders take, with every number that could be left out.
  public static func configuration(argument: String) throws(FoveaError) -> String {
    let configuration: ModelConfiguration
    do throws(FoveaError) {
      configuration = try ModelFolder(ModelSource(argument: argument), task: .classification).configuration()
    } catch {
      guard error.status == .usage, let known = try? Registry.configuration(named: argument) else {
        throw error
      }
      configuration = known
    }
    return String(decoding: configuration.json.text, as: UTF8.self)
  }

  private init(
    _ configuration: ModelConfiguration, name: String, kind: Kind, path: String
  ) throws(FoveaError) {
    do {
      let model = try configuration.architecture()
      let graph = configuration.network(of: model)
      let size = configuration.preprocessing
      let shapes = try graph.shapes(height: size.height, width: size.width)
      (self.name, self.kind, self.path) = (name, kind, kind == .folder ? path : nil)
      architecture = configuration.name
      task = configuration.isBackbone ? nil : model.task
      classes = graph.output(named: "logits")?.channels
      (height, width) = (size.height, size.width)
      parameters = configuration.isBackbone ? graph.trainedParameterCount : model.parameterCount
      multiplyAdds = graph.multiplyAdds(shapes: shapes).reduce(0, +)
      stages = graph.outputs.map(\.name)
      attentionBlocks = graph.attentionBlocks.map(\.path)
    } catch let error as ModelError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(running: error, path: path)
    }
  }
}
