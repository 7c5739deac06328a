/// Why an image could not be decoded, with the value that was bad and the limit that it passed.
public enum ImageError: Error, Sendable, Hashable {
  /// The file cannot be opened, for the system's reason.
  case cannotOpen(reason: String)
  /// Reading failed, for the system's reason.
  case readFailed(reason: String)
  /// There are no bytes.
  case empty
  /// The first bytes are of neither format; what they look like, if known.
  case unrecognized(looksLike: String?)
  /// A variant that is not decoded, by name.
  case unsupported(feature: String)
  /// A header that no decoder can follow.
  case invalidHeader(reason: String)
  /// The file ends before the image does.
  case truncated(ImageFormat)
  /// The file ends before a single row is whole, where cut files were allowed.
  case noWholeRow(ImageFormat)
  /// A PNG chunk's checksum is wrong.
  case checksum(chunk: String)
  /// A PNG chunk claims more bytes than are left.
  case chunkLargerThanFile(chunk: String, length: Int, left: Int)
  /// A PNG without any image data.
  case imageDataMissing
  /// A PNG whose image data ends before its last row.
  case imageDataTooShort
  /// A PNG row with an unknown filter.
  case badFilter
  /// Any other damage, in the decoder's words.
  case damaged(reason: String)
  /// A file with tables or metadata only.
  case noImage
  /// Another picture follows where one is taken.
  case secondPicture
  /// More warnings than the limit, and the first one.
  case tooManyWarnings(limit: Int, first: String)
  /// More bytes in the file than the limit.
  case fileTooLarge(bytes: Int, limit: Int)
  /// More pixels than the limit.
  case tooManyPixels(width: Int, height: Int, limit: Int)
  /// A side longer than the limit.
  case sideTooLong(width: Int, height: Int, limit: Int)
  /// More scans than the limit.
  case tooManyScans(limit: Int)
  /// The decoder would hold more bytes than the limit.
  case decoderMemory(limit: Int)
  /// An allocation failed.
  case outOfMemory
}

extension ImageError {
  /// The exit status that a command gives for this error, by BSD's sysexits: 65 bad data, 66 cannot open,
  /// 69 unsupported, 74 input/output, 75 over a limit.
  public var exitStatus: Int32 {
    switch self {
    case .cannotOpen: 66
    case .readFailed: 74
    case .unrecognized, .unsupported: 69
    case .fileTooLarge, .tooManyPixels, .sideTooLong, .tooManyScans, .decoderMemory, .outOfMemory: 75
    case .empty, .invalidHeader, .truncated, .noWholeRow, .checksum, .chunkLargerThanFile, .imageDataMissing,
      .imageDataTooShort, .badFilter, .damaged, .noImage, .secondPicture, .tooManyWarnings:
      65
    }
  }
}
