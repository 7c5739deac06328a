import Fovea

/// The files that one input gives.
struct PlannedOutput: Sendable {
  var mask: String
  var overlay: String?
}

/// Where every input's outputs go, decided and checked before anything runs.
struct OutputPlan {
  private var outputs: [String: PlannedOutput] = [:]

  /// Plans a mask, and where asked for an overlay, for each image.
  ///
  /// The outputs are folders where `output` is one already, ends in "/", or there are several inputs: then they
  /// mirror the inputs' tree and keep their stems. Throws where two outputs, or an output and an input, would
  /// be one file.
  init(_ inputs: InputSet, output: String, overlay: String?) throws(FoveaError) {
    let isFolder = inputs.isSeveral || output.hasSuffix("/") || FileSystem.isDirectory(output)
    var writers: [String: String] = [:]
    for file in inputs.files {
      let stem = FileSystem.withoutExtension(file.relativePath) + ".png"
      let planned = PlannedOutput(
        mask: isFolder ? FileSystem.join(output, stem) : output,
        overlay: overlay.map { isFolder || Self.isFolder($0) ? FileSystem.join($0, stem) : $0 })
      for path in [planned.mask, planned.overlay].compactMap({ $0 }) {
        if let other = writers.updateValue(file.path, forKey: FileSystem.canonical(path)) {
          throw Self.collision(path, other, file.path)
        }
      }
      outputs[file.path] = planned
    }
    for file in inputs.files where file.origin == .file {
      if let writer = writers[FileSystem.canonical(file.path)] {
        throw Self.overwriting(file.path, by: "the output of \(writer)")
      }
    }
  }

  /// Throws where the one output of a verb would take its input's place.
  static func check(_ output: String, spares input: String) throws(FoveaError) {
    guard FileSystem.canonical(output) != FileSystem.canonical(input) else {
      throw overwriting(input, by: "its output")
    }
  }

  /// The outputs of an input of the plan.
  subscript(file: InputFile) -> PlannedOutput? { outputs[file.path] }

  private static func isFolder(_ path: String) -> Bool {
    path.hasSuffix("/") || FileSystem.isDirectory(path)
  }

  /// The error of an output that would take an input's place.
  static func overwriting(_ input: String, by writer: String) -> FoveaError {
    FoveaError(
      path: input, reason: "is an input, and would be overwritten by \(writer)",
      hint: "choose another place with -o", status: .usage)
  }

  private static func collision(_ path: String, _ one: String, _ other: String) -> FoveaError {
    FoveaError(
      path: path,
      reason: one == other
        ? "would be written twice for \(one)" : "would be written for both \(one) and \(other)",
      hint: "give inputs of different names, or run them apart", status: .usage)
  }
}
