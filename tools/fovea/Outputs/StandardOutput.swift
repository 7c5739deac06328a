import Fovea
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Where results go. A line is written as soon as it is known; a failing write is remembered and decides the
/// exit status.
final class StandardOutput: Sendable {
  static let shared = StandardOutput()

  private let failure = Mutex<Int32?>(nil)
  private let isTaken = Mutex(false)

  /// From now on a file's bytes go here, by the name /dev/stdout, and lines go to standard error.
  func giveToFile() { isTaken.withLock { $0 = true } }

  /// Writes text as it is.
  func write(_ text: String) {
    ProgressBar.current?.clear()
    guard !writeAll(text, to: STDOUT_FILENO) else { return }
    let code = errno
    failure.withLock { $0 = $0 ?? code }
  }

  /// Writes a line, made safe for a terminal.
  func line(_ text: String) { lines([text]) }

  /// Writes lines, made safe for a terminal.
  func lines(_ lines: [String]) {
    let text = lines.map { Escaped.line($0) + "\n" }.joined()
    if isTaken.withLock({ $0 }) { Messages.write(text) } else { write(text) }
  }

  /// Writes a JSON object as one line.
  func line(_ value: OrderedJSON) {
    write(value.text + "\n")
  }

  /// Writes an answer: as a JSON object, or as lines.
  func answer(json: Bool, _ object: @autoclosure () -> OrderedJSON, _ lines: @autoclosure () -> [String]) {
    if json { line(object()) } else { self.lines(lines()) }
  }

  /// Ends the process: with `status`, or 74 where a result could not be written.
  func finish(status: Int32) -> Never {
    guard let code = failure.withLock({ $0 }) else { exit(status) }
    let reason = String(cString: strerror(code))
    Messages.report(
      FoveaError(path: "standard output", reason: "cannot be written: \(reason)", status: .inputOutput))
    exit(status == 0 ? Status.inputOutput.rawValue : status)
  }
}
