import Fovea

extension InputSet {
  /// Calls `body` with each image in turn; a bad one is reported, and the rest go on.
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
        if json { StandardOutput.shared.line(error.json) }
      }
      bar?.advance()
    }
    bar?.finish()
    try tally.finish()
  }
}

extension FoveaError {
  /// `{path, error, status}`: what stands in the place of a bad image's result.
  var json: OrderedJSON {
    [
      "path": .string(path), "error": .string(reason),
      "status": .integer(Int(status.rawValue)),
    ]
  }
}
