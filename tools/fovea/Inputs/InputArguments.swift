import ArgumentParser
import Fovea

/// The images of a verb that takes many.
struct InputArguments: ParsableArguments {
  @Argument(help: "Image files, directories, @list.txt, or - for standard input.")
  var paths: [String]
  @Flag(help: "Answer nothing where a directory holds pictures that would be left out.")
  var strict = false

  /// The images that are meant.
  ///
  /// Throws what is wrong with the arguments, and with `--strict` where anything is left out.
  func inputs(json: Bool) throws(FoveaError) -> InputSet {
    let inputs = try InputSet(paths)
    guard strict, !inputs.leftOut.isWhole, let line = inputs.leftOut.line else { return inputs }
    if json { inputs.leftOut.tellJSON() }
    throw FoveaError(
      path: paths.count == 1 ? paths[0] : "--strict", reason: line,
      hint: "without --strict the rest is answered", status: .badData)
  }
}
