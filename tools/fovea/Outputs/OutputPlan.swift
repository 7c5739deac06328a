import Fovea

/// The files that one input gives.
struct PlannedOutput: Sendable {
  var mask: String
  var overlay: String?
}

/// Where every input's outputs go, decided and checked before anything runs.
struct OutputPlan {
  /// What is to be told of the names, where inputs share their stems.
  private(set) var note: String?
  private var outputs: [PathKey: [PlannedOutput]] = [:]

  /// Plans a mask, and where asked for an overlay, for each image, or several with `parts` behind their stems.
  ///
  /// The outputs are folders where `output` is one already, ends in "/", or there are several inputs: then they
  /// mirror the inputs' tree and keep their stems, or where two share one their full names. Throws where two
  /// outputs, or an output and an input, would be one file, and for a name that is no PNG's.
  init(
    _ inputs: InputSet, output: String, overlay: String?, json: Bool, parts: [String] = [""]
  ) throws(FoveaError) {
    let places = [output, overlay].compactMap { $0 }
    let isSeveral = inputs.isSeveral || parts.count > 1
    let isFolder = isSeveral || Self.isFolder(output) && output != OutputFile.standardOutput
    if isFolder || places.count == 2 && output == overlay {
      try OutputFile.refuseStandardOutput(places, "takes one picture")
    }
    if parts.count > 1, !Self.isFolder(output), !FileSystem.pathExtension(output).isEmpty {
      throw FoveaError(
        path: output, reason: "is one file, and there are \(parts.count) masks of each picture",
        hint: "name a folder with -o, ending in /", status: .usage)
    }
    let (names, note) = Self.names(inputs.files)
    self.note = isFolder ? note : nil
    var writers: [PathKey: String] = [:]
    for (file, name) in zip(inputs.files, names) {
      func place(_ path: String, _ part: String) throws(FoveaError) -> String {
        guard isFolder || Self.isFolder(path) && path != OutputFile.standardOutput else {
          return try OutputFile(path, endings: ["png"], json: json).path
        }
        return FileSystem.join(path, FileSystem.withoutExtension(name) + part + ".png")
      }
      outputs[PathKey(file.path)] = try parts.map { part throws(FoveaError) in
        var planned = PlannedOutput(mask: try place(output, part), overlay: nil)
        if let overlay { planned.overlay = try place(overlay, part) }
        for path in [planned.mask, planned.overlay].compactMap({ $0 }) {
          if let other = writers.updateValue(file.path, forKey: PathKey(FileSystem.canonical(path))) {
            throw Self.collision(path, other, file.path)
          }
        }
        return planned
      }
    }
    for file in inputs.files where file.origin == .file {
      if let writer = writers[PathKey(FileSystem.canonical(file.path))] {
        throw OutputFile.overwriting(file.path, by: "the output of \(writer)")
      }
    }
  }

  /// The outputs of an input of the plan.
  subscript(file: InputFile) -> PlannedOutput? { outputs[PathKey(file.path)]?.first }

  /// The same for the parts that were planned, in their order.
  func parts(of file: InputFile) -> [PlannedOutput] { outputs[PathKey(file.path)] ?? [] }

  /// The names of outputs below their folder: "a.png" for "a.jpg", but "a.jpg.png" where another input has the same
  /// stem; and what is to be told of the latter.
  private static func names(_ files: [InputFile]) -> (names: [String], note: String?) {
    let full = files.map { $0.relativePath + ".png" }
    var names = files.map { FileSystem.withoutExtension($0.relativePath) + ".png" }
    // a full name may be another's short one: it then gives way as well
    while true {
      let counts = Dictionary(names.map { (PathKey($0), 1) }, uniquingKeysWith: +)
      let shared = names.indices.filter {
        counts[PathKey(names[$0]), default: 0] > 1 && PathKey(names[$0]) != PathKey(full[$0])
      }
      guard !shared.isEmpty else { break }
      for index in shared { names[index] = full[index] }
    }
    let long = names.indices.filter { PathKey(names[$0]) == PathKey(full[$0]) && hasEnding(files[$0]) }
    guard let first = long.first else { return (names, nil) }
    let note =
      "\(long.count) pictures share their names but for the endings: their outputs keep the full names, as "
      + "\(names[first])"
    return (names, note)
  }

  private static func hasEnding(_ file: InputFile) -> Bool {
    !FileSystem.pathExtension(file.relativePath).isEmpty
  }

  private static func isFolder(_ path: String) -> Bool {
    path.utf8.last == UInt8(ascii: "/") || FileSystem.isDirectory(path)
  }

  private static func collision(_ path: String, _ one: String, _ other: String) -> FoveaError {
    FoveaError(
      path: path,
      reason: PathKey(one) == PathKey(other)
        ? "would be written twice for \(one)" : "would be written for both \(one) and \(other)",
      hint: "give inputs of different names, or run them apart", status: .usage)
  }
}
