/// A decoded image, upright, and what was found and done on the way.
public struct DecodedImage: Sendable {
  /// The pixels, upright unless the options said otherwise.
  public let image: Image
  /// What the header says.
  public let header: ImageHeader
  /// What was odd or ignored, one line each; empty for a sound file.
  public let warnings: [String]
  /// What was done, one sentence a step, in order.
  public let steps: [String]
  /// Stored rows that are good: all, but for a cut file that was allowed.
  public let goodRows: Int

  /// Decodes a PNG or JPEG whole, to 8 bits whatever the options say. Memory: the image once, and what `ImageReader` holds.
  /// Throws `ImageError` for anything but a sound file within the limits.
  public init(_ source: ImageSource, options: DecodingOptions = .init()) throws(ImageError) {
    var options = options
    options.keep16Bits = false
    let reader = try ImageReader(source, options: options)
    let (width, height) = (reader.uprightWidth, reader.uprightHeight)
    let geometry = InputGeometry(photoWidth: width, photoHeight: height)
    image = try reader.image(geometry, filter: .bilinear)
    header = reader.header
    warnings = reader.warnings
    steps = reader.steps
    goodRows = reader.goodRows
  }
}
