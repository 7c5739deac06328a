import CFoveaCodecs

/// An image file being decoded, row by row, so that no more of it is held than its format demands:
/// a few rows of a plain PNG or baseline JPEG. Not to be shared between tasks.
public final class ImageReader {
  /// What the header says.
  public let header: ImageHeader
  /// The options it was opened with.
  public let options: DecodingOptions
  /// Rows read so far that are good; fewer than `header.height` at the end only for a cut file.
  public private(set) var goodRows = 0
  /// What was done to the samples, one sentence a step, in order.
  public private(set) var steps: [String] = []

  let decoder: OpaquePointer
  let conversion: RowConversion
  let color: ColorHandling
  private let isStream: Bool
  private var nextRow = 0
  private var notes: [String] = []
  let row: UnsafeMutablePointer<UInt8>
  private let alpha: UnsafeMutablePointer<UInt8>

  /// Opens an image and reads its header, checked against the limits.
  /// Throws `ImageError` for anything but a PNG or JPEG within them.
  public convenience init(_ source: ImageSource, options: DecodingOptions = .init()) throws(ImageError) {
    try self.init(source, options: options, narrowing: nil)
  }

  /// The same with a given way to narrow 16 bits, where nil leaves it to the options.
  init(
    _ source: ImageSource, options: DecodingOptions, narrowing: RowConversion.Narrowing?
  ) throws(ImageError) {
    var limits = options.limits.cValue(allowTruncated: options.allowTruncated)
    var info = fovea_image_info()
    var failure = fovea_codec_error()
    let bytes = try source.open(limit: options.limits.fileSize)
    guard let decoder = fovea_decoder_open(bytes, &limits, &info, &failure) else {
      let format: ImageFormat = info.format == FOVEA_JPEG ? .jpeg : .png
      let error = ImageError(failure, limits: options.limits, format: format)
      throw error == .truncated(format) && options.allowTruncated ? .noWholeRow(format) : error
    }
    self.decoder = decoder
    self.options = options
    isStream = if case .descriptor = source { true } else { false }
    let isGrey = String(cString: info.stored_as) == "grey"
    let isWide = info.row_bits == 16
    color =
      options.pilParity ? .none : ColorHandling(ColorDescription(info), layout: info.layout, isWide: isWide)
    conversion = RowConversion(
      layout: color.layout(from: info.layout), isWide: isWide,
      narrowing: narrowing ?? (!options.pilParity ? .by257 : isGrey ? .clipped : .highByte))
    header = ImageHeader(info, hasAlpha: conversion.hasAlpha)
    row = .allocate(capacity: max(fovea_decoder_row_bytes(decoder), 1))
    alpha = .allocate(capacity: header.width)
    if case .ignored(let warning) = color { notes = [warning] }
    steps = describeSteps()
  }

  deinit {
    fovea_decoder_close(decoder)
    row.deallocate()
    alpha.deallocate()
  }

  /// The orientation that is to be undone: upright when the options say to leave rows as stored.
  public var appliedOrientation: Orientation {
    options.applyOrientation && !options.pilParity ? header.orientation : .upright
  }

  /// Pixels in a row once upright.
  public var uprightWidth: Int { appliedOrientation.swapsAxes ? header.height : header.width }

  /// Rows once upright.
  public var uprightHeight: Int { appliedOrientation.swapsAxes ? header.width : header.height }

  /// What the decoder found odd, in one line, and what was ignored; empty for a sound file.
  public var warnings: [String] {
    var first: UnsafePointer<CChar>?
    let count = fovea_decoder_warnings(decoder, &first)
    guard count > 0, let first else { return notes }
    let text = String(cString: first)
    return [count == 1 ? text : "\(count) warnings, the first: \(text)"] + notes
  }

  /// Decodes the next row, top to bottom as stored, into `width * 3` samples R, G, B.
  /// Rows that a cut file lacks get the background's colour when the options allow it.
  /// Throws `ImageError` for damage. Traps when called more than `header.height` times.
  public func readRow(into rgb: UnsafeMutableBufferPointer<UInt8>) throws(ImageError) {
    precondition(
      rgb.count >= header.width * 3, "readRow: needs \(header.width * 3) samples, got \(rgb.count)")
    guard let start = rgb.baseAddress else { return }
    try readColors(into: start)
    if options.greyscale { Luminance.replace(start, width: header.width) }
  }

  private func readColors(into start: UnsafeMutablePointer<UInt8>) throws(ImageError) {
    if conversion.isIdentity, case .none = color {
      if try decode(into: start) { return }
    } else if try decode(into: row) {
      conversion.convert(
        color.managed(row, width: header.width), width: header.width, rgb: start, alpha: alpha)
      if conversion.hasAlpha && !options.pilParity {
        composite(start, alpha: alpha, width: header.width, over: options.background)
      }
      return
    }
    fillMissing(start)
  }

  /// Reads to the image's end, so that a file cut after its last row is seen to be cut.
  /// Throws `ImageError` for that unless the options allow it and a row is good.
  ///
  /// Another picture that follows is told of; in a stream, whose bytes nobody can read again, it is an error.
  public func finish() throws(ImageError) {
    var failure = fovea_codec_error()
    guard fovea_decoder_finish(decoder, &failure) != FOVEA_OK else { return try lookBehind() }
    let error = ImageError(failure, limits: options.limits, format: header.format)
    guard options.allowTruncated, error == .truncated(header.format) else { throw error }
    guard goodRows > 0 else { throw .noWholeRow(header.format) }
    let lack = failure.text.isEmpty ? "" : "; \(failure.text)"
    notes.append("\(error): \(goodRows) of \(header.height) rows are good\(lack)")
  }

  private func lookBehind() throws(ImageError) {
    guard fovea_decoder_is_followed(decoder) else { return }
    guard !isStream else { throw .secondPicture }
    notes.append("a second picture follows the first in this file: it is left out")
  }

  /// The next row's R, G, B and, apart, its alpha (untouched without any), as stored: for digests.
  /// Zeros where a cut file lacks the row and that is allowed.
  func readRaw(
    rgb: UnsafeMutablePointer<UInt8>, alpha: UnsafeMutablePointer<UInt8>
  ) throws(ImageError) {
    guard try decode(into: row) else {
      rgb.update(repeating: 0, count: 3 * header.width)
      return alpha.update(repeating: 0, count: header.width)
    }
    conversion.convert(row, width: header.width, rgb: rgb, alpha: alpha)
  }

  /// True when the row came; false when a cut file lacks it and that is allowed.
  func decode(into start: UnsafeMutablePointer<UInt8>) throws(ImageError) -> Bool {
    precondition(nextRow < header.height, "readRow: the image has only \(header.height) rows")
    nextRow += 1
    var failure = fovea_codec_error()
    switch fovea_decoder_read_row(decoder, start, &failure) {
    case FOVEA_OK:
      goodRows += 1
      return true
    case FOVEA_ROW_MISSING: return false
    default: throw ImageError(failure, limits: options.limits, format: header.format)
    }
  }

  private func fillMissing(_ rgb: UnsafeMutablePointer<UInt8>) {
    for x in 0..<header.width {
      rgb[3 * x] = options.background.red
      rgb[3 * x + 1] = options.background.green
      rgb[3 * x + 2] = options.background.blue
    }
  }
}
