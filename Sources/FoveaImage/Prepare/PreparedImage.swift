/// A photo brought to a network's input, and where that lies on the photo.
public struct PreparedImage: Sendable {
  /// The input as 8-bit RGB, before normalising.
  public let image: Image
  /// The input as float32, where 16 bits were kept; `image` is it rounded. Nil where `image` is the input itself.
  public let kept: FloatImage?
  /// Where the input lies on the upright photo, whose size it holds.
  public let geometry: InputGeometry
  /// What the file's header says.
  public let header: ImageHeader
  /// What was odd or ignored, one line each; empty for a sound file.
  public let warnings: [String]
  /// What was done, one sentence a step, in order.
  public let steps: [String]
  /// Stored rows that are good: all, but for a cut file that was allowed.
  public let goodRows: Int
}

extension Preprocessing {
  /// Decodes a photo row by row into the network's input, as RGB of the input's size.
  /// Memory: the input, and a few rows of the photo. Throws `ImageError` for anything but a sound file.
  public func prepare(
    _ source: ImageSource, options: DecodingOptions = .init()
  ) throws(ImageError) -> PreparedImage {
    try prepare(try ImageReader(source, options: options))
  }

  /// The same for a file that is open and whose rows are all still to come.
  public func prepare(_ reader: ImageReader) throws(ImageError) -> PreparedImage {
    let geometry = geometry(photoWidth: reader.uprightWidth, photoHeight: reader.uprightHeight)
    let kept = reader.keeps16Bits ? try reader.floatImage(geometry, filter: filter) : nil
    let image = if let kept { kept.rounded } else { try reader.image(geometry, filter: filter) }
    return PreparedImage(
      image: image, kept: kept, geometry: geometry, header: reader.header, warnings: reader.warnings,
      steps: reader.steps + steps(geometry), goodRows: reader.goodRows)
  }

  /// The same for a picture in memory, upright.
  public func prepare(_ image: Image) -> (image: Image, geometry: InputGeometry) {
    let geometry = geometry(photoWidth: image.width, photoHeight: image.height)
    return (image.resampled(geometry, filter: filter), geometry)
  }

  /// The same for a picture in memory whose 16 bits were kept.
  public func prepare(_ image: FloatImage) -> (image: FloatImage, geometry: InputGeometry) {
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

extension ImageReader {
  /// All rows, brought to what `geometry` describes, in 8 bits. Throws `ImageError` for damage.
  func image(_ geometry: InputGeometry, filter: ResamplingFilter) throws(ImageError) -> Image {
    Image(
      width: geometry.inputWidth, height: geometry.inputHeight,
      pixels: try Resampler.resample(self, geometry: geometry, filter: filter) { row throws(ImageError) in
        try readRow(into: row)
      })
  }

  /// The same in float32.
  func floatImage(_ geometry: InputGeometry, filter: ResamplingFilter) throws(ImageError) -> FloatImage {
    FloatImage(
      width: geometry.inputWidth, height: geometry.inputHeight,
      samples: try Resampler.resample(self, geometry: geometry, filter: filter) { row throws(ImageError) in
        try readRow(into: row)
      })
  }
}
