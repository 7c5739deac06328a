import Logging

/// Writes what is logged as lines `fovea: TEXT` on standard error.
struct MessageLog: LogHandler {
  let label: String
  var logLevel: Logger.Level = .notice
  var metadata: Logger.Metadata = [:]

  init(label: String) {
    self.label = label
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    Messages.write("\(label): \(event.message)\n")
  }
}
