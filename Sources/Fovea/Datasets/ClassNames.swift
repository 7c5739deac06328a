/// The names by which a number of classes go.
public struct ClassNames: Sendable, Hashable {
  /// The labels, in the order of the classes.
  public let labels: [String]
  /// What the labels are of, in words: "label of the model".
  let owner: String
  /// True where the labels are no more than the classes' positions.
  let areNumbers: Bool
  private let synsets: [String: Set<Int>]
  private let exact: [[UInt8]: Set<Int>]
  private let folded: [String: Set<Int>]

  /// Labels, with WordNet ids where there are any; `owner` is what messages say that they are.
  public init(_ labels: [String], synsets: [String?] = [], owner: String = "label of the model") {
    self.init(labels, synsets, aliases: [], owner)
  }

  /// Labels of which some go by other names as well, the names of folders.
  init(
    _ labels: [String], _ synsets: [String?] = [], aliases: [(name: String, index: Int)], _ owner: String
  ) {
    (self.labels, self.owner) = (labels, owner)
    areNumbers = labels.enumerated().allSatisfy { $0.element == "\($0.offset)" }
    var ids: [String: Set<Int>] = [:]
    for (index, synset) in synsets.enumerated() where index < labels.count {
      if let synset { ids[synset, default: []].insert(index) }
    }
    self.synsets = ids
    var (exact, folded): ([[UInt8]: Set<Int>], [String: Set<Int>]) = ([:], [:])
    for (name, index) in labels.enumerated().map({ ($0.element, $0.offset) }) + aliases {
      exact[Array(name.utf8), default: []].insert(index)
      folded[Self.folded(name), default: []].insert(index)
    }
    (self.exact, self.folded) = (exact, folded)
  }

  /// A name without what people write one way or the other: case, underscores for spaces, zeros before a number.
  static func folded(_ name: String) -> String {
    let words = name.lowercased().split { $0 == "_" || $0.isWhitespace }.joined(separator: " ")
    guard words.allSatisfy(\.isDigit), words.count > 1 else { return words }
    let digits = words.drop { $0 == "0" }
    return digits.isEmpty ? "0" : String(digits)
  }

  /// The classes that a name may mean, by the first way in which it means any.
  func meanings(of name: String) -> (indices: [Int], alignment: Alignment)? {
    for (found, alignment) in [
      (synsets[name], Alignment.synset), (exact[Array(name.utf8)], areNumbers ? .index : .name),
      (folded[Self.folded(name)], areNumbers ? .index : .folded),
    ] {
      if let found { return (found.sorted(), alignment) }
    }
    return nil
  }
}

/// How the names of a data set were brought together with a model's classes, the surest way first.
public enum Alignment: String, Sendable, Hashable, CaseIterable {
  /// By the same names, to the letter.
  case name = "by name"
  /// By WordNet's ids.
  case synset = "by synset"
  /// By names that differ in case, or in underscores for spaces.
  case folded = "by folded name"
  /// By numbers that are the classes' positions.
  case index = "by index"
  /// By nothing but their order: a guess.
  case order = "by order"
}

extension Character {
  /// True for 0 to 9 alone.
  fileprivate var isDigit: Bool { ("0"..."9").contains(self) && isASCII }
}

extension String {
  /// The whole number that it writes in digits alone; nil for anything else.
  var plainNumber: Int? { !isEmpty && allSatisfy(\.isDigit) ? Int(self) : nil }
}
