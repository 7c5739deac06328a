import Foundation
import FoveaGraph
import FoveaWeights

/// A model to run: its config, its graph and the source of its weights.
public struct Model: Sendable {
  /// The name, numbers, preprocessing and labels.
  public let configuration: ModelConfiguration
  /// The architecture that the config describes.
  public let architecture: any Architecture
  /// The operations, from the image to stage outputs and `logits`.
  public let graph: Graph
  /// Graphs beside it, by name: SAM's `mask_decoder`.
  public let furtherGraphs: [String: Graph]
  /// The weights.
  public let parameters: any ParameterSource

  /// A model of a folder with config.json and model.safetensors.
  ///
  /// Throws a `ModelError`: of the config's keys, or of all tensors that do not fit. Cost: O(tensors); the
  /// weights stay in the file until they are asked for.
  public init(folder: String) throws(ModelError) {
    let url = URL(filePath: folder)
    let configuration = try ModelConfiguration(Self.text(of: "config.json", in: url))
    let weights = url.appending(path: "model.safetensors").path(percentEncoded: false)
    guard FileManager.default.fileExists(atPath: weights) else { throw .missingFile("model.safetensors") }
    try self.init(
      configuration,
      weights: Self.checkpoint { () throws(WeightsError) in
        try Checkpoint.open(path: weights, as: .safetensors)
      })
  }

  /// A model whose config and safetensors are in memory, such as one inside the binary.
  public init(configuration: Data, weights: WeightBytes) throws(ModelError) {
    try self.init(
      ModelConfiguration(configuration),
      weights: Self.checkpoint { () throws(WeightsError) in try Checkpoint.safetensors(weights) })
  }

  /// A model of a config and a checkpoint with the names of any of its publishers.
  ///
  /// A config that states no numbers means those of the publisher whose names the checkpoint has.
  public init(_ given: ModelConfiguration, weights: Checkpoint) throws(ModelError) {
    var configuration = given
    if !configuration.statesNumbers {
      let published = try Registry.publisher(of: weights, named: configuration.name)
      configuration.numbers = configuration.numbers.merging(published?.numbers ?? [:])
    }
    let architecture = try configuration.architecture()
    let graph = architecture.graph()
    self.configuration = configuration
    self.architecture = architecture
    self.graph = graph
    furtherGraphs = architecture.furtherGraphs
    parameters = try BoundParameters(
      weights, to: [graph] + furtherGraphs.values, keys: architecture.keys)
  }

  /// A named variant with random weights of a seed: an architecture without a checkpoint.
  public init(architecture name: String, seed: UInt64 = 0) throws(ModelError) {
    configuration = try Registry.configuration(named: name)
    architecture = try configuration.architecture()
    graph = architecture.graph()
    furtherGraphs = architecture.furtherGraphs
    parameters = RandomParameters(seed: seed, keys: architecture.keys)
  }

  /// The number of trained numbers of the published checkpoint, used or not.
  public var parameterCount: Int { architecture.parameterCount }

  private static func checkpoint(
    _ open: () throws(WeightsError) -> Checkpoint
  ) throws(ModelError) -> Checkpoint {
    do { return try open() } catch { throw .weights(error) }
  }

  private static func text(of name: String, in folder: URL) throws(ModelError) -> Data {
    let file = folder.appending(path: name)
    guard FileManager.default.fileExists(atPath: file.path(percentEncoded: false)) else {
      throw .missingFile(name)
    }
    do { return try Data(contentsOf: file) } catch {
      throw .unreadable(file: name, reason: (error as NSError).localizedDescription)
    }
  }
}

extension Architecture {
  /// The number of trained numbers of the published checkpoint: the graphs', and what is stored and unused.
  public var parameterCount: Int {
    let keys = keys
    let buffers = Set(keys.buffers.map(\.path))
    let trained = keys.needed(by: [graph()] + furtherGraphs.values).filter { parameter in
      !buffers.contains(parameter.path) && !parameter.isStatistic
    }
    return (trained + keys.unused).map(\.count).reduce(0, +)
  }
}
