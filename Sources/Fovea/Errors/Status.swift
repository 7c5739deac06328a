/// What kind of failure: the exit statuses of sysexits(3), which scripts can tell apart.
public enum Status: Int32, Sendable, Hashable, CaseIterable {
  /// 64: an argument, or a name of a model, block, stage or instruction set, that is wrong.
  case usage = 64
  /// 65: a damaged file, a bad model folder.
  case badData = 65
  /// 66: an input that cannot be opened, a directory without images.
  case cannotOpen = 66
  /// 69: a file of a kind that is not supported.
  case unsupported = 69
  /// 73: an output that cannot be created.
  case cannotCreate = 73
  /// 74: reading or writing failed on the way.
  case inputOutput = 74
  /// 75: over a limit of pixels, memory or scans.
  case overLimit = 75
}
