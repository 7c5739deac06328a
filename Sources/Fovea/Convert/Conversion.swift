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
    notes = checkpoint.notes
    (configuration, notes) = try Self.configuration(for: checkpoint, options, notes, path: path)
    do throws(ModelError) {
      let model = try Model(configuration, weights: checkpoint)
      parameters = model.parameterCount
      let derived = model.architecture.keys.derivedSuffixes + ["num_batches_tracked"]
      entries = checkpoint.entries.filter { entry in !derived.contains { entry.name.hasSuffix($0) } }
        .map { TensorEntry(name: $0.name, elementType: Self.type(of: $0, options), shape: $0.shape) }
    } catch {
      throw FoveaError(error, path: path)
    }
    if let file = options.labelsFile { try setLabels(file) }
    do throws(WeightsError) {
      for (name, count) in try checkpoint.nonFiniteTensors() {
        notes.append("tensor \(name) holds \(count) NaN or infinite values")
      }
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// The config: the one given, the named architecture's, or the recognised one's.
  private static func configuration(
    for checkpoint: Checkpoint, _ options: Options, _ notes: [String], path: String
  ) throws(FoveaError) -> (ModelConfiguration, [String]) {
    if let file = options.configurationFile {
      let text = try FileSystem.bytes(of: file)
      do throws(ModelError) {
        return (try ModelConfiguration(Data(text)), notes)
      } catch {
        throw FoveaError(error, path: file)
      }
    }
    do throws(ModelError) {
      if let name = options.architecture {
        let recognition = try Registry.configuration(named: name, for: checkpoint)
        return (recognition.configuration, notes)
      }
      let recognition = try Registry.recognise(checkpoint)
      let publisher = recognition.publisher.map { " as \($0) publishes it" } ?? ""
      return (
        recognition.configuration, notes + ["recognised \(recognition.configuration.name)\(publisher)"]
      )
    } catch {
      throw FoveaError(error, path: options.architecture ?? path)
    }
  }

  private static func type(of entry: TensorEntry, _ options: Options) -> ElementType {
    if let type = options.elementType { return type }
    return [.f32, .f16, .bf16].contains(entry.elementType) ? entry.elementType : .f32
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
