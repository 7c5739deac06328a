import CFoveaCodecs

/// What the samples of a PNG's rows are.
public enum PNGLayout: Sendable, Hashable {
  /// One byte a pixel, 0 black to 255 white.
  case grey
  /// One 16-bit sample a pixel, in the machine's byte order.
  case grey16
  /// Three bytes a pixel.
  case rgb
  /// Three bytes and alpha (0 transparent) a pixel.
  case rgba
  /// One byte a pixel, an index into a palette of 1 to 256 colours.
  case indexed(palette: [RGB])

  /// Bytes of a pixel.
  public var bytesPerPixel: Int {
    switch self {
    case .grey, .indexed: 1
    case .grey16: 2
    case .rgb: 3
    case .rgba: 4
    }
  }

  var cValue: fovea_pixels {
    switch self {
    case .grey: FOVEA_WRITE_GREY8
    case .grey16: FOVEA_WRITE_GREY16
    case .rgb: FOVEA_WRITE_RGB8
    case .rgba: FOVEA_WRITE_RGBA8
    case .indexed: FOVEA_WRITE_INDEXED8
    }
  }
}

/// A PNG being written row by row, to a file that appears whole or not at all, or to memory.
/// Memory: a few rows and 64 KB. Not to be shared between tasks.
public final class PNGWriter {
  private let file: AtomicFile?
  private let encoder: OpaquePointer
  private let rowBytes: Int
  private let height: Int
  private var nextRow = 0

  /// Starts a PNG of `width` × `height` at `path`, or in memory for nil. `level` is zlib's, 0 fastest to 9
  /// smallest. Throws `EncodingError`. Traps on sides below 1, and on a palette of none or more than 256.
  public init(
    path: String?, layout: PNGLayout, width: Int, height: Int, level: Int = 6
  ) throws(EncodingError) {
    precondition(
      width > 0 && height > 0 && (0...9).contains(level), "PNGWriter: \(width) x \(height), level \(level)")
    var palette: [UInt8] = []
    if case .indexed(let colors) = layout {
      precondition((1...256).contains(colors.count), "PNGWriter: a palette of \(colors.count) colours")
      palette = colors.flatMap { [$0.red, $0.green, $0.blue] }
    }
    let file: AtomicFile? = if let path { try AtomicFile(path) } else { nil }
    var failure = fovea_codec_error()
    let opened = palette.withUnsafeBufferPointer { colors in
      fovea_encoder_open(
        file?.descriptor ?? -1, layout.cValue, UInt32(clamping: width), UInt32(clamping: height),
        colors.isEmpty ? nil : colors.baseAddress, UInt32(colors.count / 3), Int32(level), &failure)
    }
    guard let opened else { throw EncodingError(failure) }
    self.file = file
    encoder = opened
    rowBytes = width * layout.bytesPerPixel
    self.height = height
  }

  deinit { fovea_encoder_close(encoder) }

  /// Writes the next row, top to bottom: width × bytesPerPixel bytes.
  /// Throws `EncodingError`. Traps on another number of bytes, or past the last row.
  public func writeRow(_ row: UnsafeRawBufferPointer) throws(EncodingError) {
    precondition(
      row.count == rowBytes && nextRow < height,
      "PNGWriter: row \(nextRow) of \(height) needs \(rowBytes) bytes, got \(row.count)")
    nextRow += 1
    var failure = fovea_codec_error()
    let start = row.assumingMemoryBound(to: UInt8.self).baseAddress
    guard fovea_encoder_write_row(encoder, start, &failure) != FOVEA_OK else { return }
    throw EncodingError(failure)
  }

  /// Ends the file and puts it in its place, or returns the bytes that went to memory (none for a file).
  /// Throws `EncodingError`. Traps before the last row.
  @discardableResult public func finish() throws(EncodingError) -> [UInt8] {
    precondition(nextRow == height, "PNGWriter: finished after \(nextRow) of \(height) rows")
    var failure = fovea_codec_error()
    guard fovea_encoder_finish(encoder, &failure) == FOVEA_OK else { throw EncodingError(failure) }
    if let file {
      try file.commit()
      return []
    }
    var count = 0
    let bytes = fovea_encoder_bytes(encoder, &count)
    return [UInt8](UnsafeBufferPointer(start: bytes, count: count))
  }
}
