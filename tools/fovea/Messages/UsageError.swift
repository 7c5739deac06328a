import ArgumentParser
import Fovea

/// The argument parser's complaint, brought to the form `fovea: VERB: REASON` with a hint.
struct UsageError {
  var asFoveaError: FoveaError

  init(_ error: any Error, message: String, arguments: [String], root: any ParsableCommand.Type) {
    let verbs = root.configuration.subcommands.map { $0._commandName }
    let word = arguments.first { !$0.hasPrefix("-") }
    guard let word, !verbs.contains(word) else {
      let line = Self.firstLine(message)
      asFoveaError = FoveaError(
        path: word ?? "command line", reason: line.isEmpty ? "a verb is missing" : line,
        hint: "see 'fovea \(word.map { "help \($0)" } ?? "--help")'", status: .usage)
      return
    }
    let near = didYouMean(word, among: verbs) { "'fovea \($0)'" }
    asFoveaError = FoveaError(
      path: word, reason: "no such verb",
      hint: near.isEmpty ? "the verbs are \(verbs.joined(separator: ", "))" : near, status: .usage)
  }

  /// The reason begins in lower case, as every reason does, and leaves out the full stop.
  private static func firstLine(_ message: String) -> String {
    var line = String(message.split(separator: "\n").first ?? "")
    if line.hasPrefix("Error: ") { line.removeFirst("Error: ".count) }
    if line.hasSuffix(".") { line.removeLast() }
    return line.prefix(1).lowercased() + line.dropFirst()
  }
}
