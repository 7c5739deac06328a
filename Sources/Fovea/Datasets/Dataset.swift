/// A folder of pictures whose classes are known, and the parts that it is in.
///
/// How it is laid out is told from names alone, by the rule that the documentation of learning states; where two
/// readings are possible it is an error that names them.
public struct Dataset: Sendable {
  /// The folder.
  public let directory: String
  /// All of it, where it is not in parts.
  public let whole: DatasetPart?
  /// The parts, where it is.
  public let parts: [DatasetSplit: DatasetPart]

  /// Looks at the names in a folder.
  ///
  /// Throws with status `cannotOpen` where there is no such folder, `badData` where its names contradict each other
  /// or what is said of it.
  public init(_ directory: String, options: DatasetOptions = .init()) throws(FoveaError) {
    guard FileSystem.isDirectory(directory) else {
      throw FoveaError(
        path: directory, reason: FileSystem.exists(directory) ? "is not a directory" : "no such directory",
        hint: "name the folder of a data set", status: .cannotOpen)
    }
    self.directory = directory
    let finder = DatasetFinder(directory, options)
    if let list = options.list {
      whole = finder.part(list: list)
      parts = [:]
      return
    }
    let found = try finder.splits()
    if !found.isEmpty {
      (whole, parts) = (nil, found)
      return
    }
    (whole, parts) = try finder.root()
  }

  /// The part to measure with: the one that is named, the whole, or the one of validation and test that there is.
  ///
  /// Throws with status `usage` where none or both of these are there.
  public func measured(_ split: DatasetSplit?) throws(FoveaError) -> DatasetPart {
    if let split {
      if let part = parts[split] { return part }
      throw FoveaError(
        path: directory, reason: "has no part \(split.rawValue)", hint: partsHint, status: .usage)
    }
    if let whole { return whole }
    let held = [parts[.validation], parts[.test]].compactMap(\.self)
    guard held.count == 1 else {
      throw FoveaError(
        path: directory, reason: "is in parts: \(partNames)",
        hint: "name the one to measure with, by --split or by its folder", status: .usage)
    }
    return held[0]
  }

  /// The part to learn from, and that to measure with.
  ///
  /// Throws with status `badData` where there are parts, and none to learn from.
  func learnt() throws(FoveaError) -> (training: DatasetPart, validation: DatasetPart?) {
    if let whole { return (whole, nil) }
    guard let training = parts[.training] else {
      throw FoveaError(
        path: directory, reason: "holds \(partNames), and no train/ beside it",
        hint: "a data set in parts has one in train/; or say --layout folders where these are classes",
        status: .badData)
    }
    return (training, parts[.validation])
  }

  private var partNames: String {
    DatasetSplit.allCases.filter { parts[$0] != nil }.map(\.rawValue).joined(separator: ", ")
  }

  private var partsHint: String { parts.isEmpty ? "it is not in parts" : "its parts are \(partNames)" }
}
