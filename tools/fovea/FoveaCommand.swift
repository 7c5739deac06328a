import ArgumentParser
import Fovea

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The command `fovea`: a verb a job.
@main
struct FoveaCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fovea",
    abstract: "Classify, segment and look into images with linear-attention vision models, on the CPU.",
    discussion: """
      PATH is a PNG or JPEG file, a directory (searched through, in sorted order), a list of paths as \
      @list.txt, or - for the bytes of an image on standard input. Results go to standard output, messages to \
      standard error.

      EXAMPLE
        fovea segment street.png -o mask.png --overlay overlay.png
      """,
    version: "fovea \(Version.current)",
    subcommands: [
      Classify.self, Segment.self, Attend.self, Features.self, Evaluate.self, ExplainInput.self, Models.self,
      CPU.self, Bench.self, Train.self, Convert.self, Verify.self,
    ])

  /// Parses the arguments, runs the verb, and exits with its status.
  static func main() {
    StopSignal.watch()
    let arguments = Array(CommandLine.arguments.dropFirst())
    let status = run(arguments)
    StandardOutput.shared.finish(status: status)
  }

  private static func run(_ arguments: [String]) -> Int32 {
    do {
      try checkUTF8()
      var command = try parseAsRoot(arguments)
      try command.run()
      return 0
    } catch let failure as Failures {
      return failure.status.rawValue
    } catch let error as FoveaError {
      Messages.report(error)
      return error.status.rawValue
    } catch {
      return reportParserError(error, arguments: arguments)
    }
  }

  /// Throws for an argument that is not UTF-8, which would stand for another file.
  private static func checkUTF8() throws(FoveaError) {
    for index in 0..<Int(CommandLine.argc) {
      guard let argument = CommandLine.unsafeArgv[index], String(validatingCString: argument) == nil else {
        continue
      }
      let bytes = UnsafeRawBufferPointer(start: argument, count: strlen(argument))
      throw FoveaError(
        path: Escaped.bytes(Array(bytes)), reason: "this argument is not UTF-8",
        hint: "rename the file, or give its bytes on standard input: - < FILE", status: .usage)
    }
  }

  /// Help and version are answers, and the rest is a usage error in the form of every other error.
  private static func reportParserError(_ error: any Error, arguments: [String]) -> Int32 {
    guard exitCode(for: error) != .success else {
      StandardOutput.shared.write(fullMessage(for: error) + "\n")
      return 0
    }
    let usage = UsageError(error, message: message(for: error), arguments: arguments, root: self)
    Messages.report(usage.asFoveaError)
    return Status.usage.rawValue
  }
}

/// Failures that have been reported one by one, with the status of them all.
struct Failures: Error {
  var status: Status
}
