import CFoveaCodecs

extension fovea_codec_error {
  /// The detail as text.
  var text: String {
    withUnsafeBytes(of: detail) { bytes in
      String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }
  }
}

extension ImageError {
  /// The error that the C decoders report. `limits` and `format` fill in what they leave out.
  init(_ failure: fovea_codec_error, limits: DecodingLimits = .init(), format: ImageFormat = .png) {
    let text = failure.text
    let (value, second, limit) = (Int(failure.value), Int(failure.second_value), Int(failure.limit))
    self =
      switch failure.code {
      case FOVEA_CANNOT_OPEN: .cannotOpen(reason: text)
      case FOVEA_READ_FAILED: .readFailed(reason: text)
      case FOVEA_EMPTY: .empty
      case FOVEA_NOT_AN_IMAGE: .unrecognized(looksLike: text.isEmpty ? nil : text)
      case FOVEA_UNSUPPORTED: .unsupported(feature: text)
      case FOVEA_INVALID_HEADER: .invalidHeader(reason: text)
      case FOVEA_TRUNCATED: .truncated(format)
      case FOVEA_CHECKSUM: .checksum(chunk: text)
      case FOVEA_CHUNK_LARGER_THAN_FILE: .chunkLargerThanFile(chunk: text, length: value, left: limit)
      case FOVEA_IMAGE_DATA_MISSING: .imageDataMissing
      case FOVEA_IMAGE_DATA_SHORT: .imageDataTooShort
      case FOVEA_BAD_FILTER: .badFilter
      case FOVEA_NO_IMAGE: .noImage
      case FOVEA_TOO_MANY_WARNINGS: .tooManyWarnings(limit: limit, first: text)
      case FOVEA_OVER_FILE_SIZE: .fileTooLarge(bytes: value, limit: limit)
      case FOVEA_OVER_PIXELS: .tooManyPixels(width: value, height: second, limit: limit)
      case FOVEA_OVER_SIDE: .sideTooLong(width: value, height: second, limit: limit)
      case FOVEA_OVER_SCANS: .tooManyScans(limit: limit)
      case FOVEA_OVER_MEMORY: .decoderMemory(limit: limits.decoderMemory)
      case FOVEA_OUT_OF_MEMORY: .outOfMemory
      default: .damaged(reason: text)
      }
  }
}
