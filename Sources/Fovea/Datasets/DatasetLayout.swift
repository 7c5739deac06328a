/// How pictures and their truth lie in a folder.
public enum DatasetLayout: String, Sendable, Hashable, CaseIterable {
  /// One sub-folder a class.
  case folders
  /// Pictures beside masks of their classes, file by file.
  case pairs
  /// A file that lists pictures with their classes.
  case list
}

/// What is said of a data set besides its folder.
public struct DatasetOptions: Sendable, Hashable {
  /// The layout; nil is told from the folder.
  public var layout: DatasetLayout?
  /// A file that lists pictures with their classes, as CSV or in columns; nil looks for one.
  public var list: String?
  /// What a mask's name has behind its picture's, before the ending; nil takes those that are known.
  public var maskSuffix: String?
  /// True where nothing may be guessed.
  public var isStrict = false
  /// True where masks are to be expected: a segmenter is trained further, or measured.
  package var expectsMasks = false

  /// Nothing said.
  public init() {}
}

/// A part of a data set, as it is known by the names of folders and lists.
public enum DatasetSplit: String, Sendable, Hashable, CaseIterable {
  /// To learn from.
  case training = "train"
  /// To measure with while learning.
  case validation = "val"
  /// To measure with in the end.
  case test

  /// The names that it has, in lower case.
  public var names: [String] {
    switch self {
    case .training: ["train", "training"]
    case .validation: ["val", "valid", "validation"]
    case .test: ["test", "testing"]
    }
  }

  /// The part of a name, whatever its case.
  public init?(name: String) {
    let name = name.lowercased()
    guard let found = Self.allCases.first(where: { $0.names.contains(name) }) else { return nil }
    self = found
  }
}

/// Where the pictures of a data set, or of a part of it, lie, and what tells their classes.
public struct DatasetPart: Sendable, Hashable {
  enum Source: Sendable, Hashable {
    /// A sub-folder a class.
    case folders
    /// Folders of pictures and masks, which may be one; a list of the pictures' names where not all are meant.
    case pairs(images: String, masks: String, list: String?)
    /// A file of pictures and classes, and the folders from which its paths count; others may list more.
    case list(file: String, bases: [String], isOnly: Bool)
  }

  /// The folder that it was found in.
  public let directory: String
  let source: Source
  let options: DatasetOptions

  /// How it is laid out.
  public var layout: DatasetLayout {
    switch source {
    case .folders: .folders
    case .pairs: .pairs
    case .list: .list
    }
  }

  /// A part of folders that are classes.
  static func folders(_ directory: String, _ options: DatasetOptions) -> DatasetPart {
    DatasetPart(directory: directory, source: .folders, options: options)
  }
}
