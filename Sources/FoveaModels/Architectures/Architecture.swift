import Foundation
import FoveaGraph

/// A family of published models as numbers: widths, depths, epsilons; a variant is a value of it.
///
/// Coded as `fovea.architecture` of a config.json: what a config leaves out comes from `defaults`.
public protocol Architecture: Codable, Hashable, Sendable {
  /// The family's names in `family`, e.g. `efficientvit_b`.
  static var families: [String] { get }
  /// The numbers that configs of a family may leave out.
  static func defaults(family: String) -> JSONValue
  /// Every named variant of the families.
  static var variants: [Variant] { get }
  /// Those beside the authors whose checkpoints differ; most families have none.
  static func publishers(family: String) -> [Publisher]

  /// The keys of `fovea.architecture` and what they mean, in their order; those within an object have dots.
  static var meanings: [(key: String, meaning: String)] { get }

  /// What the model answers; nil where that is neither a class nor a map of classes.
  var task: ModelTask? { get }
  /// How logits become a mask where a config does not say; nil for other tasks.
  var logitsUpsampling: PreprocessingConfiguration.Interpolation? { get }
  /// Throws where numbers are outside their limits or do not fit together, naming the key.
  func validate() throws(ModelError)
  /// The model, from image to stage outputs and `logits`. The numbers are valid.
  func graph() -> Graph
  /// The numbers that change where the same backbone is to do a task, null for those that go; nil where the family
  /// has no head for it.
  func head(for task: ModelTask) -> JSONValue?
  /// Graphs beside the first, by name, over the same checkpoint; most models have none.
  var furtherGraphs: [String: Graph] { get }
  /// How the published checkpoints' tensors differ from the graph's.
  var keys: CheckpointKeys { get }
}

extension Architecture {
  /// Tensors are exactly those of the graph, unless a family says otherwise.
  public var keys: CheckpointKeys { CheckpointKeys() }
  /// None, unless a family says otherwise.
  public static func publishers(family: String) -> [Publisher] { [] }
  /// A classifier, unless a family says otherwise.
  public var task: ModelTask? { .classification }
  /// Bilinear for a segmenter, unless a family says otherwise.
  public var logitsUpsampling: PreprocessingConfiguration.Interpolation? {
    task == .segmentation ? .bilinear : nil
  }
  /// The family's own head is a classifier, unless it says otherwise.
  public func head(for task: ModelTask) -> JSONValue? { task == .classification ? [:] : nil }
  /// None, unless a family says otherwise.
  public var furtherGraphs: [String: Graph] { [:] }

  /// An architecture from its numbers, defaults filled in and limits checked.
  static func reading(_ numbers: JSONValue) throws(ModelError) -> Self {
    let family = numbers["family"]?.string ?? families[0]
    let complete = defaults(family: family).merging(numbers)
    do {
      let architecture = try JSONDecoder().decode(Self.self, from: complete.text)
      try architecture.validate()
      return architecture
    } catch let error as ModelError {
      throw error
    } catch let error as DecodingError {
      throw ModelError(error)
    } catch {
      throw .invalidJSON(ModelError.reason(of: error))
    }
  }

  /// The keys of an object that mean nothing here, with the nearest that does; such numbers change nothing.
  static func unknownKeys(of numbers: JSONValue, under parent: String = "") -> [String] {
    guard case .object(let members) = numbers else { return [] }
    let known = meanings.map(\.key)
    return members.sorted { $0.key < $1.key }.flatMap { key, value -> [String] in
      let path = parent + key
      if known.contains(where: { $0.hasPrefix("\(path).") }) {
        return unknownKeys(of: value, under: "\(path).")
      }
      if path == "family" || known.contains(path) || value == .null { return [] }
      return [path + (nearest(to: path, among: known).first.map { " (did you mean \($0)?)" } ?? "")]
    }
  }

  /// The numbers as `fovea.architecture` has them.
  public var numbers: JSONValue {
    let text = (try? JSONEncoder().encode(self)) ?? Data()
    return (try? JSONValue(parsing: text)) ?? [:]
  }
}

/// A named variant: data, no code.
public struct Variant: Sendable, Hashable {
  /// The name, in timm's style.
  public var name: String
  /// Other publishers' names of it, e.g. timm's `deit_tiny_patch16_224`.
  public var aliases: [String] = []
  /// `fovea.architecture`.
  public var numbers: JSONValue
  /// How the authors prepare photos for it.
  public var preprocessing: PreprocessingConfiguration
  /// The label set's name under datasets/.
  public var labelSet: String? = "imagenet1k"
  /// How logits become a mask; nil for other tasks.
  public var logitsUpsampling: PreprocessingConfiguration.Interpolation?
}

extension ModelError {
  /// The error of a value that does not decode, with its dotted key.
  init(_ error: DecodingError) {
    func key(_ path: [any CodingKey], _ last: (any CodingKey)? = nil) -> String {
      (path + (last.map { [$0] } ?? [])).map { $0.intValue.map(String.init) ?? $0.stringValue }
        .joined(separator: ".")
    }
    self =
      switch error {
      case .keyNotFound(let last, let context):
        .missingKey("fovea.architecture.\(key(context.codingPath, last))")
      case .typeMismatch(let type, let context), .valueNotFound(let type, let context):
        .wrongType(
          key: "fovea.architecture.\(key(context.codingPath))", expected: ModelError.word(for: type))
      case .dataCorrupted(let context):
        .outOfRange(
          key: "fovea.architecture.\(key(context.codingPath))", value: "not readable",
          limit: context.debugDescription)
      @unknown default: .invalidJSON(String(describing: error))
      }
  }

  private static func word(for type: any Any.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is Float.Type, is Double.Type: "a number"
    case is String.Type: "a string"
    case is Bool.Type: "true or false"
    default: String(describing: type).hasPrefix("Array") ? "an array" : "an object"
    }
  }
}
