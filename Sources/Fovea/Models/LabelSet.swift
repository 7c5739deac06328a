#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif
import Synchronization

/// The classes of a data set: labels in the order of the logits, colours, and the ids of its mask files.
public struct LabelSet: Sendable, Codable {
  /// One class.
  public struct Class: Sendable, Codable, Hashable {
    /// The position among the logits, from 0.
    public let index: Int
    /// The name, unique in the set.
    public let label: String
    /// Red, green and blue, 0…255, where the set is for segmentation.
    public let color: [UInt8]?
    /// WordNet's id, which names ImageNet's folders.
    public let synset: String?
  }

  /// How the data set's mask files number its classes.
  public struct MaskIDs: Sendable, Codable {
    /// From an id (as text) to a class index.
    public let classes: [String: Int]
    /// Ids that count for nothing.
    public let ignored: [Int]
  }

  /// The name of its folder under `datasets`.
  public let name: String
  /// The classes, sorted by index.
  public let classes: [Class]
  /// The numbering of mask files, where the set has any.
  public let maskIDs: MaskIDs?
  /// The color of pixels of no class.
  public let ignoredColor: [UInt8]?

  private enum CodingKeys: String, CodingKey {
    case name, classes
    case maskIDs = "mask_ids"
    case ignoredColor = "ignored_color"
  }

  /// The label sets inside the binary, sorted by name.
  public static var names: [String] {
    EmbeddedFiles.folders(under: "datasets")
  }

  /// Those of `named` so far.
  private static let read = Mutex<[String: LabelSet]>([:])

  /// A label set inside the binary; O(its file) the first time.
  ///
  /// Throws with status `usage` where there is none of that name.
  public static func named(_ name: String) throws(FoveaError) -> LabelSet {
    if let set = read.withLock({ $0[name] }) { return set }
    let path = "datasets/\(name)/labels.json"
    guard let bytes = EmbeddedFiles.bytes(path) else {
      throw FoveaError(
        path: name, reason: "no data set of this name",
        hint: didYouMean(name, among: names, then: "known are \(names.joined(separator: ", "))"),
        status: .usage)
    }
    let set = try LabelSet(Data(bytes), path: path)
    read.withLock { $0[name] = set }
    return set
  }

  /// A label set of a file, in the form of datasets/NAME/labels.json.
  ///
  /// Throws with status `cannotOpen`, or `badData` where it is none.
  public init(file path: String) throws(FoveaError) {
    try self.init(Data(FileSystem.bytes(of: path)), path: path)
  }

  /// What a person wrote: a file where it has a slash or ends in .json, a name otherwise.
  package static func of(argument: String) throws(FoveaError) -> LabelSet {
    let isPath = argument.contains("/") || argument.hasSuffix(".json")
    return isPath ? try LabelSet(file: argument) : try named(argument)
  }

  /// Reads and checks the text of a labels.json.
  init(_ text: Data, path: String) throws(FoveaError) {
    do {
      self = try JSONDecoder().decode(LabelSet.self, from: text)
    } catch {
      throw FoveaError(
        path: path, reason: "is no label set", hint: "datasets/README.md of Fovea tells its form",
        status: .badData)
    }
    try check(path: path)
  }

  /// Throws with status `badData` for classes that are not numbered in order, or ids of none.
  func check(path: String) throws(FoveaError) {
    guard !classes.isEmpty, classes.enumerated().allSatisfy({ $0.offset == $0.element.index }) else {
      throw FoveaError(
        path: path, reason: "its classes are not numbered 0, 1, 2, … in order", status: .badData)
    }
    if let wrong = maskIDs?.classes.sorted(by: { $0.key < $1.key }).first(where: {
      Int($0.key) == nil || !classes.indices.contains($0.value)
    }) {
      throw FoveaError(
        path: path, reason: "mask_ids maps \(wrong.key) to \(wrong.value)",
        hint: "ids are whole numbers as text, classes from 0 to \(classes.count - 1)", status: .badData)
    }
  }
}

extension LabelSet {
  /// The name by which the binary knows a set of these very classes, colors and ids; nil where it has none.
  var embeddedName: String? {
    guard Self.names.contains(name), let known = try? Self.named(name) else { return nil }
    return known.json == json ? name : nil
  }

  /// The set in the form of a labels.json.
  var json: [UInt8] {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return (try? encoder.encode(self)).map { Array($0) } ?? []
  }
}

extension LabelSet {
  /// True where it says what masks hold: ids, or colors.
  var tellsOfMasks: Bool { maskIDs != nil || classes.contains { $0.color != nil } }
}
