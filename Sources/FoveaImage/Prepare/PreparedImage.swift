/// A photo brought to a network's input, and where that lies on the photo.
public struct PreparedImage: Sendable {
  /// The input as 8-bit RGB, before normalising.
  public let image: Image
  /// Where the input lies on the upright photo, whose size it holds.
  public let geometry: InputGeometry
  /// What the file's header says.
  public let header: ImageHeader
  /// What was odd or ignored, one line each; empty for a sound file.
  public let warnings: [String]
  /// What was done, one sentence a step, in order.
  public let steps: [String]
}

extension Preprocessing {
  /// Decodes a photo row by row into the network's input, as 8-bit RGB of the input's size.
  /// Memory: the input, and a few rows of the photo. Throws `ImageError` for anything but a sound file.
  public func prepare(
    _ source: ImageSource, options: DecodingOptions = .init()
  ) throws(ImageError) -> PreparedImage {
    try prepare(try ImageReader(source, options: options))
  }

  /// The same for a file that is open and whose rows are all still to come.
  public func prepare(_ reader: ImageReader) throws(ImageError) -> PreparedImage {
    let geometry = geometry(photoWidth: reader.uprightWidth, photoHeight: reader.uprightHeight)
    let image = try Resampler.resample(reader, geometry: geometry, filter: filter)
    return PreparedImage(
      image: image, geometry: geometry, header: reader.header, warnings: reader.warnings,
      steps: reader.steps + steps(geometry))
  }

  /// The same for a picture in memory, upright.
  public func prepare(_ image: Image) -> (image: Image, geometry: InputGeometry) {
    let geometry = geometry(photoWidth: image.width, photoHeight: image.height)
    return (image.resampled(geometry, filter: filter), geometry)
  }

  /// What `geometry` does to the photo, one sentence a step.
  func steps(_ geometry: InputGeometry) -> [String] {
    var steps: [String] = []
    if geometry.resizedWidth != geometry.photoWidth || geometry.resizedHeight != geometry.photoHeight {
      steps.append(
        "resize to \(geometry.resizedWidth) x \(geometry.resizedHeight), \(filter.rawValue), antialiased")
    }
    let content = geometry.content
    if !geometry.showsWholePhoto {
      steps.append(
        "crop \(content.width) x \(content.height) at "
          + "(\(max(0, geometry.offsetX)), \(max(0, geometry.offsetY)))")
    }
    if content.width < geometry.inputWidth || content.height < geometry.inputHeight {
      steps.append("pad to \(geometry.inputWidth) x \(geometry.inputHeight) with \(geometry.fill)")
    }
    steps.append("scale to 0...1, subtract mean \(mean), divide by deviation \(standardDeviation)")
    return steps
  }
}
