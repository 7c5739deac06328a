import Fovea

/// One image to look at, with the name that it goes by in results and the place that its outputs mirror.
struct InputFile: Sendable {
  /// Where the bytes are.
  enum Origin: Sendable, Hashable {
    case file
    case standardInput
  }

  /// What results and messages call it: the path, or "stdin".
  var path: String
  /// The path below the directory that was searched, or the file's own name; outputs mirror it.
  var relativePath: String
  var origin: Origin

  static let standardInput = InputFile(path: "stdin", relativePath: "stdin", origin: .standardInput)

  /// The one image of a verb that takes one.
  static func single(_ argument: String) throws(FoveaError) -> InputFile {
    let inputs = try InputSet([argument])
    guard inputs.entries.count == 1 else {
      throw FoveaError(
        path: argument, reason: "stands for \(inputs.entries.count) images, and this verb takes one",
        hint: "name one of them", status: .usage)
    }
    if let line = inputs.untold.line { Messages.tell("\(argument): \(line)") }
    return try inputs.entries[0].get()
  }

  /// What the library reads.
  var source: ImageSource {
    origin == .standardInput ? .descriptor(0) : .file(path)
  }
}

/// What the arguments stand for, in their order: images, and the complaints about what is none.
struct InputSet {
  var entries: [Result<InputFile, FoveaError>]
  /// True where outputs go to a folder: more than one argument, a directory or a list.
  var isSeveral: Bool
  /// What was in the directories and is not among the images.
  var leftOut = LeftOut()
  /// That of it which no complaint names.
  var untold = LeftOut()

  /// The images alone.
  var files: [InputFile] {
    entries.compactMap { try? $0.get() }
  }
}
