import Fovea

extension InputSet {
  /// Calls `body` with each image in turn; a bad one is reported, and the rest go on. What directories held beside
  /// images is told at the end.
  ///
  /// Throws `Failures` after the last image where any failed.
  func forEach(json: Bool, _ body: (InputFile) throws(FoveaError) -> Void) throws(Failures) {
    var tally = FailureTally()
    let bar = ProgressBar(total: entries.count)
    for entry in entries {
      do throws(FoveaError) {
        switch entry {
        case .success(let file): try body(file)
        case .failure(let error): throw error
        }
      } catch {
        tally.note(error)
        Messages.report(error)
        if json { StandardOutput.shared.line(error.json(for: (try? entry.get())?.path ?? error.path)) }
      }
      bar?.advance()
    }
    bar?.finish()
    if let line = untold.line { Messages.tell(line) }
    if json && !leftOut.isEmpty { leftOut.tellJSON() }
    try tally.finish()
  }
}

extension FoveaError {
  /// `{path, error, status}`: what stands in the place of a bad image's result. `path` is the image's, whatever was
  /// wrong; another file's name then begins the error.
  func json(for image: String) -> OrderedJSON {
    [
      "path": .string(image),
      "error": .string(PathKey(path) == PathKey(image) ? reason : "\(path): \(reason)"),
      "status": .integer(Int(status.rawValue)),
    ]
  }
}
