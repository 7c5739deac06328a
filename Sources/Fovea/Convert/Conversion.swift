import FoveaModels
import FoveaWeights

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A published checkpoint on its way to a model folder: read, recognised and compared with its architecture.
///
/// Nothing in a PyTorch file is run, and nothing is written until everything fits.
public struct Conversion: Sendable {
  /// What the checkpoint is to be.
  public struct Options: Sendable {
    /// The architecture's name, where it is known; otherwise it is recognised.
    public var architecture: String?
    /// A config.json, or a golden's, that has the architecture's numbers.
    public var configurationFile: String?
    /// A file of labels: a JSON array of names, a label set, or a name a line.
    public var labelsFile: String?
    /// What the weights are written as; nil keeps their own type where it is float32, float16 or bfloat16.
    public var elementType: ElementType?
    /// Take the moving average of the weights, where the checkpoint has one.
    public var averaged = false

    /// The checkpoint as it is, its architecture to be recognised.
    public init() {}
  }

  /// The config that will be written.
  public private(set) var configuration: ModelConfiguration
  /// What was taken from the file, what was recognised, and tensors that hold no numbers: a line each.
  public private(set) var notes: [String]
  /// Trained numbers.
  public let parameters: Int
  let checkpoint: Checkpoint
  let entries: [TensorEntry]
  /// The checkpoint's names by those that are written.
  let storedNames: [String: String]
  let source: String
  let options: Options

  /// Reads a checkpoint and compares every tensor with the architecture.
  ///
  /// Throws with every missing, unexpected and misshapen tensor, or what is wrong with the file. O(bytes).
  public init(of path: String, options: Options = .init()) throws(FoveaError) {
    (source, self.options) = (path, options)
    do throws(WeightsError) {
      checkpoint = try Checkpoint.open(path: path, averaged: options.averaged)
    } catch {
      throw FoveaError(error, path: path)
    }
    var (configuration, notes) = try Self.configuration(for: checkpoint, options, path: path)
    do throws(ModelError) {
      let model = try Model(configuration, weights: checkpoint)
      parameters = model.parameterCount
      entries = Self.entries(of: model, checkpoint, options)
      storedNames = model.storedNames
      configuration = model.configuration
      configuration.settle(model.architecture)
      notes = model.notes + notes
    } catch {
      throw FoveaError(error, path: path)
    }
    (self.configuration, self.notes) = (configuration, notes)
    if let file = options.labelsFile { try setLabels(file) }
    try settleLabelSet()
    do throws(WeightsError) {
      for (name, count) in try checkpoint.nonFiniteTensors() {
        self.notes.append("tensor \(name) holds \(count) NaN or infinite values")
      }
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// The config: the one given, the named architecture's, or the recognised one's; and what is to be said of it.
  private static func configuration(
    for checkpoint: Checkpoint, _ options: Options, path: String
  ) throws(FoveaError) -> (ModelConfiguration, [String]) {
    if let file = options.configurationFile {
      let text = try FileSystem.bytes(of: file)
      // what Hugging Face puts beside a config says how photos are prepared
      let beside = FileSystem.join(FileSystem.folder(of: file), "preprocessor_config.json")
      let processor = FileSystem.exists(beside) ? try FileSystem.bytes(of: beside) : nil
      do throws(ModelError) {
        return (try ModelConfiguration(Data(text), processor: processor.map { Data($0) }), [])
      } catch {
        throw FoveaError(error, path: file)
      }
    }
    do throws(ModelError) {
      if let name = options.architecture {
        return (try Registry.configuration(named: name, for: checkpoint).configuration, [])
      }
      let recognition = try Registry.recognise(checkpoint)
      let publisher = recognition.publisher.map { " as \($0) publishes it" } ?? ""
      let part = recognition.configuration.isBackbone ? ", its stages without a head" : ""
      return (recognition.configuration, ["recognised \(recognition.configuration.name)\(publisher)\(part)"])
    } catch {
      throw FoveaError(error, path: options.architecture ?? path)
    }
  }

  /// The tensors to write, under the names that the model knows them by.
  private static func entries(
    of model: Model, _ checkpoint: Checkpoint, _ options: Options
  ) -> [TensorEntry] {
    let names = Dictionary(model.storedNames.map { ($0.value, $0.key) }) { first, _ in first }
    return checkpoint.entries.compactMap { entry in
      guard let name = names[entry.name], !model.architecture.keys.isDerived(name) else { return nil }
      return TensorEntry(name: name, elementType: type(of: entry, options), shape: entry.shape)
    }
  }

  private static func type(of entry: TensorEntry, _ options: Options) -> ElementType {
    if let type = options.elementType { return type }
    return [.f32, .f16, .bf16].contains(entry.elementType) ? entry.elementType : .f32
  }

  /// Leaves a label set out that names the classes otherwise than the labels of a file of their own; where both stand
  /// in one config that is an error.
  private mutating func settleLabelSet() throws(FoveaError) {
    guard let name = configuration.labelSet, LabelSet.names.contains(name) else { return }
    let set = try LabelSet.named(name)
    guard let difference = ModelLabels.difference(set, "the label set \(name)", configuration) else { return }
    guard options.labelsFile != nil || !configuration.statesLabelSet else {
      throw FoveaError(
        path: options.configurationFile ?? source, reason: difference, hint: "leave one of them out",
        status: .badData)
    }
    configuration.labelSet = nil
    notes.append("left out the label set \(name), whose classes are others")
  }

  /// Takes labels from a file; their number must be the logits'.
  private mutating func setLabels(_ file: String) throws(FoveaError) {
    let text = try FileSystem.text(of: file)
    let labels: [String]
    switch text.first(where: { !$0.isWhitespace }) {
    case "[":
      guard let names = try? JSONDecoder().decode([String].self, from: Data(text.utf8)) else {
        throw FoveaError(path: file, reason: "is no JSON array of names", status: .badData)
      }
      labels = names
    case "{":
      let set = try LabelSet(Data(text.utf8), path: file)
      labels = set.classes.map(\.label)
      configuration.labelSet = set.embeddedName
    default: labels = text.split(whereSeparator: \.isNewline).map(String.init)
    }
    if let classes = configuration.classCount, classes != labels.count {
      throw FoveaError(
        path: file, reason: "has \(labels.count) labels for \(classes) classes",
        hint: "a JSON array of names, a label set, or a name a line", status: .badData)
    }
    configuration.labels = labels
  }
}

extension ModelConfiguration {
  /// States what the family says where the config is silent.
  fileprivate mutating func settle(_ architecture: any Architecture) {
    if !isBackbone { logitsUpsampling = logitsUpsampling ?? architecture.logitsUpsampling }
  }
}
