extension Registry {
  /// The keys of `fovea.architecture` of every family, as a table in Markdown for each type of architecture: what a
  /// key means, what a config without it means (a dash where there is nothing), and the value of the first variant that
  /// has it.
  ///
  /// ModelFolders.md holds this text; a test compares them.
  public static var keyTables: String {
    families.map { table(of: $0) }.joined(separator: "\n")
  }

  private static func table(of type: any Architecture.Type) -> String {
    let names = type.families.map { "`\($0)`" }.joined(separator: ", ")
    let defaults = type.families.map { type.defaults(family: $0) }
    var lines = [
      "### \(names)", "", "| Key | Means | Without it | For example |", "|---|---|---|---|",
    ]
    for (key, meaning) in type.meanings {
      let path = key.split(separator: ".").map(String.init)
      var without: [String] = []
      for value in defaults.map({ shown(path, in: $0) }) where !without.contains(value) {
        without.append(value)
      }
      let example = type.variants.map { shown(path, in: $0.numbers) }.first { $0 != none } ?? none
      lines.append("| `\(key)` | \(meaning) | \(without.joined(separator: " or ")) | \(example) |")
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static let none = "—"

  private static func shown(_ path: [String], in numbers: JSONValue) -> String {
    let value = path.reduce(Optional(numbers)) { $0?[$1] }
    guard let value, value != .null else { return none }
    return "`\(value)`"
  }
}
