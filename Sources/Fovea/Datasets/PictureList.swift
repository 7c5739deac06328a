/// A file that lists pictures with their classes: comma or tab separated, or a path and a class a line.
///
/// The first line may name the columns; else the picture is the first and the class the second. Paths count from
/// the list's folder, or from those of the data set; they may lack their ending.
struct PictureList {
  /// A picture and what it is said to be.
  struct Row: Hashable {
    let path: String
    let label: String
  }

  /// The pictures that are there, in the list's order, each once.
  let rows: [Row]
  /// What is named and not there.
  let missing: [String]

  private static let imageNames: Set<String> = [
    "image", "images", "img", "image_id", "image_name", "image_path", "id", "file", "file_name", "filename",
    "filepath", "path", "picture", "photo", "name",
  ]
  private static let labelNames: Set<String> = [
    "label", "labels", "class", "class_name", "class_id", "classname", "category", "target", "label_name",
    "y",
  ]

  /// Reads a list; O(rows), with a question to the file system for each.
  ///
  /// Throws with status `cannotOpen`, or `badData` for columns that are not plain, and for a picture of two classes.
  init(_ file: String, bases: [String]) throws(FoveaError) {
    var places = PicturePlaces(bases: bases)
    var table = try Self.table(FileSystem.text(of: file), file, &places)
    let columns = try Self.columns(&table, file, &places)
    var (rows, missing, labels): ([Row], [String], [String: String]) = ([], [], [:])
    for (number, fields) in table {
      guard fields.count > max(columns.image, columns.label), !fields[columns.label].isEmpty else {
        throw FoveaError(
          path: "\(file):\(number)", reason: "names no class", hint: "a line has a picture and its class",
          status: .badData)
      }
      let (name, label) = (fields[columns.image], fields[columns.label])
      guard let path = places.path(of: name) else {
        missing.append(name)
        continue
      }
      if let known = labels[path], known != label {
        throw FoveaError(
          path: "\(file):\(number)", reason: "says that \(name) is \(label), and before that it is \(known)",
          hint: "a picture has one class", status: .badData)
      }
      if labels.updateValue(label, forKey: path) == nil { rows.append(Row(path: path, label: label)) }
    }
    (self.rows, self.missing) = (rows, missing)
  }

  /// The lines that are not empty, in fields, with their numbers.
  private static func table(
    _ text: String, _ file: String, _ places: inout PicturePlaces
  ) -> [(number: Int, fields: [String])] {
    let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
    let first = lines.first { !$0.allSatisfy(\.isWhitespace) } ?? ""
    let separator: Character? =
      first.contains("\t") ? "\t" : first.contains(",") ? "," : first.contains(";") ? ";" : nil
    return lines.enumerated().filter { !$0.element.allSatisfy(\.isWhitespace) }.map { number, line in
      (number + 1, separator.map { Self.fields(line, $0) } ?? Self.words(line, &places))
    }
  }

  /// The fields of a line, which may stand in quotes.
  private static func fields(_ line: Substring, _ separator: Character) -> [String] {
    var (fields, field, isQuoted, wasQuote) = ([String](), "", false, false)
    for character in line {
      if character == "\"" {
        // a quote within quotes is written twice
        if wasQuote { field.append(character) }
        (isQuoted, wasQuote) = (!isQuoted, isQuoted)
        continue
      }
      wasQuote = false
      if character == separator, !isQuoted {
        fields.append(trimmed(field))
        field = ""
      } else {
        field.append(character)
      }
    }
    return fields + [trimmed(field)]
  }

  /// A path and a class with blanks between: the path is as short as one that is there.
  private static func words(_ line: Substring, _ places: inout PicturePlaces) -> [String] {
    let line = trimmed(String(line))
    let blanks = line.indices.filter { line[$0].isWhitespace }
    guard let last = blanks.last else { return [line] }
    let cut = blanks.first { places.path(of: trimmed(String(line[..<$0]))) != nil } ?? last
    return [trimmed(String(line[..<cut])), trimmed(String(line[cut...]))]
  }

  private static func trimmed(_ text: String) -> String {
    var text = Substring(text)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// The columns of pictures and classes; the line that names them is taken off the table.
  private static func columns(
    _ table: inout [(number: Int, fields: [String])], _ file: String, _ places: inout PicturePlaces
  ) throws(FoveaError) -> (image: Int, label: Int) {
    guard let first = table.first?.fields else { return (0, 1) }
    let names = first.map { $0.lowercased() }
    let (image, label) = (
      names.firstIndex(where: imageNames.contains), names.firstIndex(where: labelNames.contains)
    )
    let isRow = first.contains(where: FileSystem.hasImageEnding) || places.path(of: first[0]) != nil
    if isRow { return (0, 1) }
    if let image, let label, image != label {
      table.removeFirst()
      return (image, label)
    }
    guard first.count == 2 else {
      throw FoveaError(
        path: file,
        reason: "it is not plain which columns are pictures and classes: "
          + first.prefix(12).joined(separator: ", "),
        hint: "name them image and label", status: .badData)
    }
    // two columns of other names; two words of which neither is a picture are taken for names as well
    table.removeFirst()
    return label == 0 || image == 1 ? (1, 0) : (0, 1)
  }
}

/// Where the pictures of a list are: what was found last is tried first.
struct PicturePlaces {
  private var bases: [String]
  private var endings = ["", ".jpg", ".png", ".jpeg", ".JPG", ".JPEG", ".PNG"]

  init(bases: [String]) { self.bases = bases }

  /// The path of a picture that is there, by the name that a list has for it; nil where there is none.
  mutating func path(of name: String) -> String? {
    guard !name.isEmpty else { return nil }
    for (place, base) in bases.enumerated() {
      for (form, ending) in endings.enumerated() where !ending.isEmpty || FileSystem.hasImageEnding(name) {
        let path = name.hasPrefix("/") ? name + ending : FileSystem.join(base, name + ending)
        guard FileSystem.isFile(path) else { continue }
        bases.swapAt(0, place)
        endings.swapAt(0, form)
        return path
      }
    }
    return nil
  }
}
