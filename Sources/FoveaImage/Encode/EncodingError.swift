import CFoveaCodecs

/// Why a file could not be written.
public enum EncodingError: Error, Sendable, Hashable {
  /// The file, or the one beside it that it is written to first, cannot be created, for the system's reason.
  case cannotCreate(reason: String)
  /// Writing failed, for the system's reason.
  case writeFailed(reason: String)
  /// The encoder refused, in its words.
  case encoder(reason: String)
  /// An allocation failed.
  case outOfMemory

  init(_ failure: fovea_codec_error) {
    self =
      switch failure.code {
      case FOVEA_WRITE_FAILED: .writeFailed(reason: failure.text)
      case FOVEA_OUT_OF_MEMORY: .outOfMemory
      default: .encoder(reason: failure.text)
      }
  }

  /// The exit status that a command gives for this error, by BSD's sysexits: 73 cannot create,
  /// 74 input/output, 75 over a limit.
  public var exitStatus: Int32 {
    switch self {
    case .cannotCreate: 73
    case .writeFailed, .encoder: 74
    case .outOfMemory: 75
    }
  }

  /// What the user can do about it.
  public var hint: String {
    switch self {
    case .cannotCreate: "check that the folder exists and that you may write to it"
    case .writeFailed: "check the free space of the disk"
    case .encoder: "this picture cannot be stored as a PNG"
    case .outOfMemory: "free some memory, or use a smaller image"
    }
  }
}

extension EncodingError: CustomStringConvertible {
  /// The reason in one line, without the file's path.
  public var description: String {
    switch self {
    case .cannotCreate(let reason): "cannot create: \(reason)"
    case .writeFailed(let reason): "cannot write: \(reason)"
    case .encoder(let reason): "cannot encode: \(reason)"
    case .outOfMemory: "out of memory"
    }
  }
}
