import Fovea
import Logging

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What is said on standard error: errors, hints, warnings.
enum Messages {
  /// Prints `fovea: PATH: REASON`, a line for each detail, and the hint.
  static func report(_ error: FoveaError) {
    var text = "fovea: \(Escaped.line(error.path)): \(Escaped.line(error.reason))\n"
    for detail in error.details { text += "  \(Escaped.line(detail))\n" }
    if let hint = error.hint {
      text += "hint: \(Escaped.line(hint))\n"
    }
    write(text)
  }

  /// Prints `fovea: SUBJECT: warning: TEXT` for each text.
  static func warn(_ texts: [String], about subject: String) {
    for text in texts { log.warning("\(Escaped.line(subject)): warning: \(Escaped.line(text))") }
  }

  /// Prints a line that tells what was done.
  static func tell(_ text: String) {
    log.notice("\(Escaped.line(text))")
  }

  /// Prints a line for each thing that was done to read a model's weights, where they are not as they are run.
  static func tell(of model: LoadedModel) {
    for note in model.notes { tell("\(model.path): \(note)") }
  }

  private static let log = Logger(label: "fovea") { MessageLog(label: $0) }

  /// Writes text as it is; a standard error that cannot be written to is nobody's to hear of.
  static func write(_ text: String) {
    ProgressBar.current?.clear()
    writeAll(text, to: STDERR_FILENO)
  }
}

/// Writes all the text to a descriptor; false where the descriptor refuses.
@discardableResult
func writeAll(_ text: String, to descriptor: Int32) -> Bool {
  var text = text
  return text.withUTF8 { bytes in
    var rest = UnsafeRawBufferPointer(bytes)
    while !rest.isEmpty {
      let count = write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
    return true
  }
}
