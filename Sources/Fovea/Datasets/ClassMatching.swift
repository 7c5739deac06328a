/// Which classes the names of a data set stand for: those of folders, of a list, or of another label set.
///
/// A name is a WordNet id, a label to the letter, or a folded label where only one name and one class fold to the
/// same. Where no name is any label, numbers are the classes' positions; and where nothing tells anything, as many
/// names as classes are taken in their order, unless that is not allowed.
struct ClassMatching: Sendable, Hashable {
  /// The class of each name.
  let indices: [Int]
  /// The least sure of the ways in which they were found.
  let alignment: Alignment

  /// Matches names, each of which is found at a place, with classes.
  ///
  /// Throws with status `badData` for a name that is none, or more than one, of the classes'.
  init(
    _ names: [String], _ classes: ClassNames, takesOrder: Bool, at place: (String) -> String
  ) throws(FoveaError) {
    let folds = Dictionary(names.map { (ClassNames.folded($0), 1) }, uniquingKeysWith: +)
    var found: [(index: Int, alignment: Alignment)?] = []
    for name in names {
      guard let (indices, alignment) = classes.meanings(of: name) else {
        found.append(nil)
        continue
      }
      let isExact = [.name, .synset].contains(alignment) || classes.labels.contains { Self.same($0, name) }
      guard indices.count == 1, isExact || folds[ClassNames.folded(name)] == 1 else {
        throw Self.ambiguous(name, indices.map { classes.labels[$0] }, names, classes, at: place(name))
      }
      found.append((indices[0], alignment))
    }
    let strangers = names.indices.filter { found[$0] == nil }.map { names[$0] }
    if strangers.isEmpty {
      indices = found.compactMap { $0?.index }
      let used = Set(found.compactMap { $0?.alignment })
      alignment = Alignment.allCases.last(where: used.contains) ?? .name
      return
    }
    let numbers = names.compactMap(\.plainNumber)
    let areAllStrangers = strangers.count == names.count
    if areAllStrangers, numbers.count == names.count {
      if let wrong = names.first(where: { ($0.plainNumber ?? 0) >= classes.labels.count }) {
        throw FoveaError(
          path: place(wrong),
          reason: "is no \(classes.owner), and no position among its \(classes.labels.count) classes",
          hint: "numbers count the classes from 0; \(Self.hint(classes))", status: .badData)
      }
      if Set(numbers).count == numbers.count {
        (indices, alignment) = (numbers, .index)
        return
      }
    }
    guard areAllStrangers, numbers.isEmpty, takesOrder, names.count == classes.labels.count else {
      throw Self.unknown(strangers, classes, at: place)
    }
    (indices, alignment) = (Array(classes.labels.indices), .order)
  }

  private static func same(_ one: String, _ other: String) -> Bool { one.utf8.elementsEqual(other.utf8) }

  private static func unknown(
    _ names: [String], _ classes: ClassNames, at place: (String) -> String
  ) -> FoveaError {
    var error = FoveaError(
      path: place(names[0]), reason: "is no \(classes.owner)", hint: hint(classes), status: .badData)
    if names.count > 1 {
      let others = names.dropFirst().prefix(12).joined(separator: ", ")
      error.details = ["nor \(names.count == 2 ? "is" : "are") \(others)\(names.count > 13 ? ", …" : "")"]
    }
    return error
  }

  private static func ambiguous(
    _ name: String, _ labels: [String], _ names: [String], _ classes: ClassNames, at place: String
  ) -> FoveaError {
    if labels.count > 1 {
      return FoveaError(
        path: place,
        reason: "may be each of \(labels.count) classes, \(labels.joined(separator: ", "))",
        hint: "write it as the class is written; \(hint(classes))", status: .badData)
    }
    let others = names.filter { ClassNames.folded($0) == ClassNames.folded(name) && !same($0, name) }
    return FoveaError(
      path: place, reason: "is \(labels[0]) as much as \(others.joined(separator: ", ")) is",
      hint: "write it as the class is written, or join the two", status: .badData)
  }

  private static func hint(_ classes: ClassNames) -> String {
    let labels = classes.labels
    return "the classes are \(labels.prefix(12).joined(separator: ", "))\(labels.count > 12 ? ", …" : "")"
  }
}

extension LabelSet {
  /// The class of a model for each of the set's, by name.
  ///
  /// A model whose classes have no names is taken in order where the counts agree and `takesOrder` allows it.
  /// Throws with status `badData` where the counts differ, or a class is none of the model's.
  func matching(
    _ classes: ClassNames, takesOrder: Bool, path: String
  ) throws(FoveaError) -> ClassMatching {
    guard classes.labels.count == self.classes.count else {
      throw FoveaError(
        path: path,
        reason: "\(name) has \(self.classes.count) classes, and there are \(classes.labels.count) "
          + "\(classes.owner.replacing("label", with: "labels", maxReplacements: 1))",
        hint: "classes are compared one by one: take the label set that was learnt", status: .badData)
    }
    let matching = try ClassMatching(
      self.classes.map(\.label), classes, takesOrder: takesOrder && classes.areNumbers,
      at: { "\(path): class \($0)" })
    guard Set(matching.indices).count == self.classes.count else {
      throw FoveaError(
        path: path, reason: "two classes of \(name) have one name among the \(classes.labels.count)",
        hint: "labels are unique in a set", status: .badData)
    }
    return matching
  }
}
