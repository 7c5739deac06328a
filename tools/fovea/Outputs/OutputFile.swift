import Fovea

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The one file that a verb writes, as it was named with -o: a path, or - for standard output.
struct OutputFile {
  /// How standard output is written on the command line.
  static let standardOutput = "-"

  /// Where the library writes.
  let path: String
  /// True for standard output; what is told then goes to standard error.
  let isStandardOutput: Bool

  /// Takes a name, which ends in one of `endings` or in none, and spares `input`.
  ///
  /// Throws with status `usage` for another ending, which promises what is not written, and for standard output where
  /// it is a terminal or JSON goes there.
  init(
    _ argument: String, endings: [String], spares input: String? = nil, json: Bool
  ) throws(FoveaError) {
    isStandardOutput = argument == Self.standardOutput
    guard !isStandardOutput else {
      path = "/dev/stdout"
      if json { try Self.refuseStandardOutput([argument], "cannot take --json as well") }
      guard isatty(STDOUT_FILENO) == 0 else {
        throw FoveaError(
          path: "-o -", reason: "standard output is a terminal, which no picture or tensor is for",
          hint: "lead it to a file or a program: > FILE", status: .usage)
      }
      StandardOutput.shared.giveToFile()
      return
    }
    path = argument
    if let input { try Self.check(argument, spares: input) }
    let ending = FileSystem.pathExtension(argument)
    guard ending.isEmpty || endings.contains(ending) || FileSystem.isSpecial(argument) else {
      throw FoveaError(
        path: argument, reason: "what is written is no .\(ending)",
        hint: "give it the ending .\(endings[0]), or none", status: .usage)
    }
  }

  /// Throws where an output would take an input's place.
  static func check(_ output: String, spares input: String) throws(FoveaError) {
    guard PathKey(FileSystem.canonical(output)) != PathKey(FileSystem.canonical(input)) else {
      throw overwriting(input, by: "its output")
    }
  }

  /// Throws where one of the places is standard output.
  static func refuseStandardOutput(_ places: [String], _ reason: String) throws(FoveaError) {
    guard places.contains(standardOutput) else { return }
    throw FoveaError(
      path: "-o -", reason: "standard output \(reason)", hint: "name a file, or a folder, with -o",
      status: .usage)
  }

  /// Takes the name of a folder. Throws with status `usage` for standard output, and for a new name with a file's
  /// ending.
  static func folder(_ argument: String) throws(FoveaError) -> String {
    try refuseStandardOutput([argument], "cannot take a folder")
    let files: Set<String> = [
      "safetensors", "pt", "pth", "bin", "ckpt", "onnx", "json", "png", "jpg", "jpeg", "html", "zip", "csv",
    ]
    let ending = FileSystem.pathExtension(argument)
    guard !files.contains(ending) || FileSystem.isDirectory(argument) else {
      throw FoveaError(
        path: argument, reason: "a folder is written, and the name is that of a .\(ending) file",
        hint: "leave the ending out", status: .usage)
    }
    return argument
  }

  /// The error of an output that would take an input's place.
  static func overwriting(_ input: String, by writer: String) -> FoveaError {
    FoveaError(
      path: input, reason: "is an input, and would be overwritten by \(writer)",
      hint: "choose another place with -o", status: .usage)
  }
}
