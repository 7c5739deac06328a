import Foundation
import FoveaGraph
import FoveaWeights

/// A model to run: its config, its graph and the source of its weights.
public struct Model: Sendable {
  /// The name, numbers, preprocessing and labels.
  public let configuration: ModelConfiguration
  /// The architecture that the config describes.
  public let architecture: any Architecture
  /// The operations, from the image to stage outputs and `logits`; a backbone has the stages alone.
  public let graph: Graph
  /// Graphs beside it, by name: SAM's `mask_decoder`.
  public let furtherGraphs: [String: Graph]
  /// The weights.
  public let parameters: any ParameterSource
  /// What was taken from the checkpoint and how it was read, where that is not as it stands there: a line each.
  public let notes: [String]
  /// The checkpoint's name of each tensor that the model reads or keeps, by the model's own.
  package let storedNames: [String: String]

  /// A model of a folder with config.json and model.safetensors or pytorch_model.bin, as `ModelFiles` finds them.
  ///
  /// Throws a `ModelError`: of the config's keys, or of all tensors that do not fit. Cost: O(tensors); the
  /// weights stay in the file until they are asked for.
  public init(folder: String) throws(ModelError) {
    let files = ModelFiles(folder: folder)
    let configuration = try files.configuration()
    try self.init(configuration, weights: files.checkpoint(), notes: files.notes)
  }

  /// A model whose config and safetensors are in memory, such as one inside the binary.
  public init(configuration: Data, weights: WeightBytes) throws(ModelError) {
    let checkpoint: Checkpoint
    do { checkpoint = try Checkpoint.safetensors(weights) } catch { throw .weights(error) }
    try self.init(ModelConfiguration(configuration), weights: checkpoint)
  }

  /// A model of a config and a checkpoint with the names of any of its publishers, wrapped or not.
  ///
  /// A config that states no numbers means those of the publisher whose names the checkpoint has; one that states no
  /// classes or channels has those of the weights.
  public init(
    _ given: ModelConfiguration, weights: Checkpoint, notes: [String] = []
  ) throws(ModelError) {
    var configuration = given
    let shapes = Dictionary(uniqueKeysWithValues: weights.entries.map { ($0.name, $0.shape) })
    let wanted = try configuration.architecture()
    let fit = try Self.fit(weights, shapes, ArchitectureTensors(wanted, wanted.graph()))
    try configuration.take(fit)
    if !configuration.statesNumbers {
      let published = try Registry.publisher(of: fit.naming, named: configuration.name)
      configuration.numbers = configuration.numbers.merging(published?.numbers ?? [:])
    }
    let architecture = try configuration.architecture()
    let channels = configuration.preprocessing.channels
    let graph = configuration.network(of: architecture)
    guard graph.inputs.first?.value.channels == channels else {
      throw .outOfRange(
        key: configuration.channelsKey ?? "the weights", value: "\(channels) channels",
        limit: "3 channels for \(configuration.name)")
    }
    if let upsampling = configuration.logitsUpsampling, architecture.task != .segmentation {
      throw .contradiction(
        key: "fovea.logits_upsampling", value: "\"\(upsampling.rawValue)\"", other: "fovea.architecture",
        otherValue: "that of no segmenter")
    }
    self.configuration = configuration
    self.architecture = architecture
    self.graph = graph
    furtherGraphs = configuration.isBackbone ? [:] : architecture.furtherGraphs
    self.notes = weights.notes + notes + fit.notes(configuration, given, architecture)
    storedNames = Dictionary(fit.naming.names.map { ($0.name, $0.stored) }) { first, _ in first }
    parameters = BoundParameters(checkpoint: weights, names: fit.names, computed: architecture.keys.computed)
  }

  /// A named variant with random weights of a seed: an architecture without a checkpoint.
  public init(architecture name: String, seed: UInt64 = 0) throws(ModelError) {
    configuration = try Registry.configuration(named: name)
    architecture = try configuration.architecture()
    graph = architecture.graph()
    furtherGraphs = architecture.furtherGraphs
    parameters = RandomParameters(seed: seed, keys: architecture.keys)
    (notes, storedNames) = ([], [:])
  }

  /// The number of trained numbers of the published checkpoint, used or not; of a backbone, its own.
  public var parameterCount: Int {
    configuration.isBackbone ? graph.trainedParameterCount : architecture.parameterCount
  }

  /// The reading of a checkpoint's names that fits; throws what differs where none does.
  private static func fit(
    _ weights: Checkpoint, _ shapes: [String: [Int]], _ tensors: ArchitectureTensors
  ) throws(ModelError) -> TensorFit {
    let stored = weights.entries.map(\.name)
    let plain = tensors.fit(TensorNaming(names: stored.map { ($0, $0) }), shapes: shapes)
    if plain.rank == 0 { return plain }
    let fits = TensorNaming.candidates(of: stored).filter(tensors.mayFit).map {
      tensors.fit($0, shapes: shapes)
    }
    let best = fits.min { ($0.rank, $0.differences) < ($1.rank, $1.differences) } ?? plain
    if let (first, second, path) = best.collision {
      throw .weights(.namesCollide(first: first, second: second, name: path))
    }
    // a backbone leaves nothing out that some reading has a place for
    let closest = (fits + [plain]).max { $0.shared < $1.shared } ?? plain
    guard best.isWhole || best.isPart, best.isWhole || closest.shared <= best.shared else {
      throw .tensors((best.isPart ? closest : best).allDifferences)
    }
    return best
  }
}

extension ModelConfiguration {
  /// Takes from the weights what the config does not state; throws where it states something else.
  fileprivate mutating func take(_ fit: TensorFit) throws(ModelError) {
    if isBackbone, fit.hasLastLayer {
      throw .contradiction(
        key: classCountKey ?? "num_classes", value: "0", other: "the weights",
        otherValue: "those of a model with classes")
    }
    if let count = fit.classCount {
      if let key = classCountKey {
        throw .contradiction(
          key: key, value: "\(classCount ?? 0)\(key == labelKey ? " names" : "")",
          other: "the tensor \(fit.classTensor)", otherValue: "of \(count) classes")
      }
      take(classCount: count)
    }
    let count = fit.channels ?? 3
    if count != preprocessing.channels {
      if let key = channelsKey {
        throw .contradiction(
          key: key, value: "\(preprocessing.channels) channels", other: "the tensor \(fit.stem)",
          otherValue: "of \(count)")
      }
      take(channels: count)
    }
    isBackbone = isBackbone || fit.isPart
    if isBackbone { (labels, labelSet, logitsUpsampling) = ([], nil, nil) }
  }
}

extension TensorFit {
  /// What was done to read the checkpoint, a line each.
  fileprivate func notes(
    _ configuration: ModelConfiguration, _ given: ModelConfiguration, _ architecture: any Architecture
  ) -> [String] {
    var notes = naming.notes
    let unknown = type(of: architecture).unknownKeys(of: given.numbers)
    if !unknown.isEmpty {
      notes.append(
        "left out of fovea.architecture, which has no such numbers: \(unknown.joined(separator: ", "))")
    }
    if let usual = architecture.logitsUpsampling, configuration.logitsUpsampling == nil,
      !configuration.isBackbone
    {
      notes.append("a segmenter without logits_upsampling: \(usual.rawValue), as the family has it")
    }
    if configuration.isBackbone, !given.isBackbone {
      notes.append("the weights have no last layer: a backbone, for its stages alone")
    }
    if classCount != nil, let count = configuration.classCount {
      notes.append("\(count) classes, as the weights have")
    }
    let said = configuration.preprocessing
    if said.channels != 3 {
      let kind = said.channels == 1 ? "grey, as Pillow's L" : "RGBA"
      notes.append("pictures are \(kind), with mean \(said.mean) and std \(said.standardDeviation)")
    }
    return notes
  }
}

extension ModelConfiguration {
  /// The graph of an architecture as this config means it: a backbone without what gives the classes, over pictures
  /// of so many channels, where the architecture has a form for them.
  package func network(of architecture: any Architecture) -> Graph {
    let isBackbone = isBackbone
    let graph = isBackbone ? architecture.graph().keeping { $0 != "logits" } : architecture.graph()
    return graph.taking(channels: preprocessing.channels) ?? graph
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
