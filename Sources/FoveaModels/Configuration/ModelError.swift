import FoveaGraph
import FoveaWeights

/// A model that cannot be had: its config, its name or its weights are not what they should be.
public enum ModelError: Error, Equatable, Sendable {
  /// The folder has no file of this name.
  case missingFile(String)
  /// A file of the folder cannot be read, with the system's reason.
  case unreadable(file: String, reason: String)
  /// A file is not JSON, with the parser's reason.
  case invalidJSON(String, file: String = "config.json")
  /// The config lacks a key that has no default.
  case missingKey(String)
  /// A key of the config has a value of another type.
  case wrongType(key: String, expected: String)
  /// A key of the config has a value outside its limit, which is said in words.
  case outOfRange(key: String, value: String, limit: String)
  /// Two keys, or a key and the weights, state one thing differently.
  case contradiction(key: String, value: String, other: String, otherValue: String)
  /// A file of the folder is longer than the limit in bytes.
  case overLimit(file: String, limit: Int)
  /// No variant has this name; the nearest names are given.
  case unknownModel(String, nearest: [String])
  /// No family has this name.
  case unknownFamily(String)
  /// The checkpoint's tensors are not the model's, all of them listed.
  case tensors(TensorMismatch)
  /// The weights' file is damaged.
  case weights(WeightsError)
  /// The checkpoint's names and shapes are of no family, or of no variant that is known here.
  case unrecognised(String)

  static func reason(of error: any Error) -> String {
    guard let decoding = error as? DecodingError else { return String(describing: error) }
    switch decoding {
    case .dataCorrupted(let context), .keyNotFound(_, let context), .typeMismatch(_, let context),
      .valueNotFound(_, let context):
      return context.debugDescription
    @unknown default: return String(describing: error)
    }
  }
}

/// Every difference between the tensors of a checkpoint and those of a model.
public struct TensorMismatch: Hashable, Sendable {
  /// A tensor of another shape than the model's.
  public struct Misshapen: Hashable, Sendable {
    /// The dotted key.
    public var path: String
    /// The model's shape.
    public var expected: [Int]
    /// The checkpoint's shape.
    public var actual: [Int]
  }
  /// Tensors that the model needs and the checkpoint lacks.
  public var missing: [Parameter] = []
  /// Tensors of the checkpoint that the model does not know.
  public var unexpected: [Parameter] = []
  /// Tensors of other shapes.
  public var misshapen: [Misshapen] = []

  /// True where nothing differs.
  public var isEmpty: Bool { missing.isEmpty && unexpected.isEmpty && misshapen.isEmpty }
}

extension ModelError: CustomStringConvertible {
  /// One line, without the path of the model; a mismatch of tensors has one more line a tensor.
  public var description: String {
    switch self {
    case .missingFile(let name): "the model folder has no \(name)"
    case .unreadable(let file, let reason): "\(file) cannot be read: \(reason)"
    case .invalidJSON(let reason, let file): "\(file) is not JSON: \(reason)"
    case .missingKey(let key): "\(Self.file(of: key)) lacks \(Self.name(of: key))"
    case .wrongType(let key, let expected): "\(Self.place(of: key)) should be \(expected)"
    case .outOfRange(let key, let value, let limit): "\(Self.place(of: key)) is \(value), should be \(limit)"
    case .contradiction(let key, let value, let other, let otherValue):
      "\(Self.place(of: key)) is \(value), but \(Self.place(of: other)) is \(otherValue)"
    case .overLimit(let file, let limit): "\(file) is longer than \(limit >> 20) MB"
    case .unknownModel(let name, let nearest):
      "no model is named \(name)" + (nearest.isEmpty ? "" : "; near it: \(nearest.joined(separator: ", "))")
    case .unknownFamily(let name): "no family of architectures is named \(name)"
    case .tensors(let mismatch): mismatch.description
    case .weights(let error): String(describing: error)
    case .unrecognised(let reason): reason
    }
  }
}

extension ModelError {
  /// The file that a key stands in: config.json, or the one whose name begins the key.
  private static func file(of key: String) -> String {
    key.hasPrefix(ImageProcessor.file) ? ImageProcessor.file : "config.json"
  }

  private static func name(of key: String) -> String {
    key.hasPrefix("\(ImageProcessor.file).") ? String(key.dropFirst(ImageProcessor.file.count + 1)) : key
  }

  /// A key with its file; what has a space is no key, but a place said in words.
  private static func place(of key: String) -> String {
    key.contains(" ") || key.hasSuffix(".json") ? key : "\(name(of: key)) in \(file(of: key))"
  }
}

extension TensorMismatch: CustomStringConvertible {
  /// So many tensors of a kind are listed; what is longer is no model that somebody mistook for another.
  static let listed = 2000

  /// The counts, then a line a tensor.
  public var description: String {
    let counts = [
      (missing.count, "missing"), (unexpected.count, "unexpected"), (misshapen.count, "misshapen"),
    ].filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    return (["the weights do not fit the model: \(counts) tensors"] + lines).joined(separator: "\n  ")
  }

  /// A line a tensor: what is missing, unexpected, misshapen.
  var lines: [String] {
    Self.lines(missing) { "missing \($0.path) \($0.shape)" }
      + Self.lines(unexpected) { "unexpected \($0.path) \($0.shape)" }
      + Self.lines(misshapen) { "misshapen \($0.path): expected \($0.expected), found \($0.actual)" }
  }

  private static func lines<Difference>(
    _ differences: [Difference], _ told: (Difference) -> String
  ) -> [String] {
    let lines = differences.prefix(listed).map(told)
    return lines + (differences.count > listed ? ["and \(differences.count - listed) more"] : [])
  }
}
