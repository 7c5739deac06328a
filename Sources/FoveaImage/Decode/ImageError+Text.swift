extension ImageError: CustomStringConvertible {
  /// The reason in one line, without the file's path.
  public var description: String {
    switch self {
    case .cannotOpen(let reason), .readFailed(let reason): reason
    case .empty: "file is empty"
    case .unrecognized: "not a PNG or JPEG"
    case .unsupported(let feature): "\(feature) is not supported"
    case .invalidHeader(let reason): "invalid header: \(reason)"
    case .truncated(.png): "file is truncated"
    case .truncated(.jpeg): "JPEG ends early"
    case .noWholeRow(.png): "file is truncated before its first whole row"
    case .noWholeRow(.jpeg): "JPEG ends before its first whole row"
    case .checksum(let chunk): "checksum error in \(chunk)"
    case .chunkLargerThanFile(let chunk, let length, let left):
      "chunk larger than file: \(chunk) claims \(length) bytes of \(left) left"
    case .imageDataMissing: "image data missing"
    case .imageDataTooShort: "image data too short"
    case .badFilter: "bad filter"
    case .damaged(let reason): "damaged image: \(reason)"
    case .noImage: "file contains no image"
    case .secondPicture: "a second picture follows the first"
    case .tooManyWarnings(let limit, let first): "more than \(limit) warnings, the first: \(first)"
    case .fileTooLarge(let bytes, let limit):
      "file of \(bytes) bytes is over the limit of \(Self.megabytes(limit))"
    case .tooManyPixels(let width, let height, let limit):
      "\(width) x \(height) is over the limit of \(Self.megapixels(limit))"
    case .sideTooLong(let width, let height, let limit):
      "\(width) x \(height) is over the limit of \(limit) pixels a side"
    case .tooManyScans(let limit): "more than \(limit) scans"
    case .decoderMemory(let limit): "decoding needs more memory than the limit of \(Self.megabytes(limit))"
    case .outOfMemory: "out of memory"
    }
  }

  /// What the user can do about it.
  public var hint: String {
    switch self {
    case .cannotOpen: "check the path and its permissions"
    case .readFailed: "the disk or the connection failed while the file was read"
    case .empty: "was it downloaded or copied to its end?"
    case .unrecognized(let format?): "it looks like \(format); only PNG and JPEG files are read"
    case .unrecognized: "only PNG and JPEG files are read, by their content"
    case .unsupported: "convert it to a plain PNG or JPEG"
    case .truncated: "was it copied to its end? --allow-truncated keeps the good rows of a cut file"
    case .noWholeRow: "was it copied to its end?"
    case .invalidHeader, .checksum, .chunkLargerThanFile, .imageDataMissing, .imageDataTooShort, .badFilter,
      .damaged, .noImage:
      "the file is damaged; get it again from its source"
    case .secondPicture: "give one picture at a time: of a stream of frames the first alone"
    case .tooManyWarnings: "the file is damaged; --max-warnings raises the limit"
    case .fileTooLarge: "--max-file-size raises the limit"
    case .tooManyPixels: "--max-pixels raises the limit"
    case .sideTooLong: "--max-side raises the limit"
    case .tooManyScans: "--max-scans raises the limit"
    case .decoderMemory:
      "--max-decoder-memory raises the limit; interlaced and progressive images need it"
    case .outOfMemory: "free some memory, or use a smaller image"
    }
  }

  private static func megapixels(_ limit: Int) -> String { quantity(limit, "megapixels", "pixels") }

  private static func megabytes(_ limit: Int) -> String { quantity(limit, "MB", "bytes") }

  private static func quantity(_ limit: Int, _ million: String, _ one: String) -> String {
    limit >= 1_000_000 && limit % 1_000_000 == 0 ? "\(limit / 1_000_000) \(million)" : "\(limit) \(one)"
  }
}
