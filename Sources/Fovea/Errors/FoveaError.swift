/// Bad input, as a user sees it: what it is about, why, what to do, and the kind of failure.
///
/// Every stage (decoding, weights, models, the engine) throws its own typed error; the library wraps it in
/// this one, with the path that the stage did not know.
public struct FoveaError: Error, Sendable, CustomStringConvertible {
  /// The file, the folder or the argument that is wrong.
  public var path: String
  /// Why, in one line that carries the bad value and the limit.
  public var reason: String
  /// What would help, where something would.
  public var hint: String?
  /// The kind of failure.
  public var status: Status
  /// What belongs to the reason and is too long for its line: every tensor of a model that does not fit.
  public var details: [String] = []

  /// An error about a path.
  public init(path: String, reason: String, hint: String? = nil, status: Status) {
    self.path = path
    self.reason = reason
    self.hint = hint
    self.status = status
  }

  /// "PATH: REASON".
  public var description: String { "\(path): \(reason)" }
}
