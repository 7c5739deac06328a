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

  /// Writes text as it is.
  func write(_ text: String) {
    ProgressBar.current?.clear()
    guard !writeAll(text, to: STDOUT_FILENO) else { return }
    let code = errno
    failure.withLock { $0 = $0 ?? code }
  }

  /// Writes a line.
  func line(_ text: String) {
    write(text + "\n")
  }

  /// Writes a JSON object as one line.
  func line(_ value: OrderedJSON) {
    line(value.text)
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
