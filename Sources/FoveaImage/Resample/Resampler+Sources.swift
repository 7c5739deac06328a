extension Resampler {
  /// Decodes all of `reader`'s rows into the picture that `geometry` describes.
  /// Memory: the picture, and the few rows that the resize needs at once. Throws `ImageError` for damage.
  static func resample(
    _ reader: ImageReader, geometry: InputGeometry, filter: ResamplingFilter
  ) throws(ImageError) -> Image {
    let (width, height) = (reader.header.width, reader.header.height)
    var image = Image(width: geometry.inputWidth, height: geometry.inputHeight, filledWith: geometry.fill)
    let row = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 3 * width)
    defer { row.deallocate() }
    try image.withPixels { pixels throws(ImageError) in
      let resampler = Resampler(
        storedWidth: width, storedHeight: height, orientation: reader.appliedOrientation, geometry: geometry,
        filter: filter, into: pixels)
      for y in 0..<height {
        try reader.readRow(into: row)
        if let start = row.baseAddress { resampler.push(start, row: y) }
      }
      try reader.finish()
    }
    return image
  }
}

extension Image {
  /// This picture as the network's input that `geometry` describes. Traps unless the geometry is of a photo
  /// of this size. Equal to Pillow's resize to the bit.
  public func resampled(_ geometry: InputGeometry, filter: ResamplingFilter) -> Image {
    precondition(
      geometry.photoWidth == width && geometry.photoHeight == height,
      "resampled: the geometry is of \(geometry.photoWidth) x \(geometry.photoHeight), not \(width) x \(height)"
    )
    var image = Image(width: geometry.inputWidth, height: geometry.inputHeight, filledWith: geometry.fill)
    image.withPixels { target in
      let resampler = Resampler(
        storedWidth: width, storedHeight: height, orientation: .upright, geometry: geometry, filter: filter,
        into: target)
      pixels.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        for y in 0..<height { resampler.push(start + 3 * width * y, row: y) }
      }
    }
    return image
  }

  /// This picture at `width` × `height` pixels, equal to Pillow's antialiased resize to the bit.
  /// Traps unless both sides are at least 1. Cost: about (taps along + taps across) × 3 multiplications a pixel.
  public func resized(width: Int, height: Int, filter: ResamplingFilter) -> Image {
    resampled(
      InputGeometry(
        photoWidth: self.width, photoHeight: self.height, resizedWidth: width, resizedHeight: height,
        inputWidth: width, inputHeight: height), filter: filter)
  }

  mutating func withPixels<Failure: Error>(
    _ body: (UnsafeMutablePointer<UInt8>) throws(Failure) -> Void
  ) throws(Failure) {
    try pixels.withUnsafeMutableBufferPointer { buffer throws(Failure) in
      if let start = buffer.baseAddress { try body(start) }
    }
  }
}

extension InputGeometry {
  /// Pillow's order of the two passes, as of its version 13: rows first, unless the height shrinks by more than
  /// twice what the width shrinks by (earlier versions always begin with rows). It shows in the last bit only.
  var resizesVerticallyFirst: Bool {
    let shrinks = (width: photoWidth - resizedWidth, height: photoHeight - resizedHeight)
    return shrinks.height > 0 && shrinks.height > 2 * shrinks.width
  }
}
