extension Resampler {
  /// Decodes all of `reader`'s rows into the picture that `geometry` describes: (H, W, 3).
  /// Memory: the picture, and the few rows that the resize needs at once. Throws `ImageError` for damage.
  static func resample(
    _ reader: ImageReader, geometry: InputGeometry, filter: ResamplingFilter,
    readRow: (UnsafeMutableBufferPointer<Sample>) throws(ImageError) -> Void
  ) throws(ImageError) -> [Sample] {
    let (width, height) = (reader.header.width, reader.header.height)
    let row = UnsafeMutableBufferPointer<Sample>.allocate(capacity: 3 * width)
    defer { row.deallocate() }
    return try fill(
      geometry, storedWidth: width, storedHeight: height, orientation: reader.appliedOrientation,
      filter: filter
    ) { resampler throws(ImageError) in
      for y in 0..<height {
        try readRow(row)
        if let start = row.baseAddress { resampler.push(UnsafePointer(start), row: y) }
      }
      try reader.finish()
    }
  }

  /// The picture that `geometry` describes of an upright picture in memory: (H, W, 3) → (H', W', 3).
  static func resample(
    _ samples: [Sample], geometry: InputGeometry, filter: ResamplingFilter
  ) -> [Sample] {
    let (width, height) = (geometry.photoWidth, geometry.photoHeight)
    return fill(
      geometry, storedWidth: width, storedHeight: height, orientation: .upright, filter: filter
    ) { resampler in
      samples.withUnsafeBufferPointer { source in
        guard let start = source.baseAddress else { return }
        for y in 0..<height { resampler.push(start + 3 * width * y, row: y) }
      }
    }
  }

  /// The picture that `geometry` describes: filled with its colour, then with what `push` hands over.
  private static func fill<Failure: Error>(
    _ geometry: InputGeometry, storedWidth: Int, storedHeight: Int, orientation: Orientation,
    filter: ResamplingFilter, push: (Resampler) throws(Failure) -> Void
  ) throws(Failure) -> [Sample] {
    let color = (Sample(geometry.fill.red), Sample(geometry.fill.green), Sample(geometry.fill.blue))
    let count = geometry.inputWidth * geometry.inputHeight * 3
    var samples = [Sample](unsafeUninitializedCapacity: count) { buffer, initialized in
      for start in stride(from: 0, to: count, by: 3) {
        (buffer[start], buffer[start + 1], buffer[start + 2]) = color
      }
      initialized = count
    }
    try samples.withUnsafeMutableBufferPointer { buffer throws(Failure) in
      guard let start = buffer.baseAddress else { return }
      try push(
        Resampler(
          storedWidth: storedWidth, storedHeight: storedHeight, orientation: orientation,
          geometry: geometry, filter: filter, into: start))
    }
    return samples
  }
}

extension Image {
  /// This picture as the network's input that `geometry` describes. Traps unless the geometry is of a photo
  /// of this size. Equal to Pillow's resize to the bit.
  public func resampled(_ geometry: InputGeometry, filter: ResamplingFilter) -> Image {
    geometry.checkPhoto(width: width, height: height)
    return Image(
      width: geometry.inputWidth, height: geometry.inputHeight,
      pixels: Resampler.resample(pixels, geometry: geometry, filter: filter))
  }

  /// This picture at `width` × `height` pixels, equal to Pillow's antialiased resize to the bit.
  /// Traps unless both sides are at least 1. Cost: about (taps along + taps across) × 3 multiplications a pixel.
  public func resized(width: Int, height: Int, filter: ResamplingFilter) -> Image {
    resampled(
      InputGeometry(
        photoWidth: self.width, photoHeight: self.height, resizedWidth: width, resizedHeight: height,
        inputWidth: width, inputHeight: height), filter: filter)
  }
}

extension FloatImage {
  /// This picture as the network's input that `geometry` describes. Traps unless the geometry is of a photo
  /// of this size. Equal to Pillow's resize of its mode F.
  public func resampled(_ geometry: InputGeometry, filter: ResamplingFilter) -> FloatImage {
    geometry.checkPhoto(width: width, height: height)
    return FloatImage(
      width: geometry.inputWidth, height: geometry.inputHeight,
      samples: Resampler.resample(samples, geometry: geometry, filter: filter))
  }

  /// This picture at `width` × `height` pixels, antialiased. Traps unless both sides are at least 1.
  public func resized(width: Int, height: Int, filter: ResamplingFilter) -> FloatImage {
    resampled(
      InputGeometry(
        photoWidth: self.width, photoHeight: self.height, resizedWidth: width, resizedHeight: height,
        inputWidth: width, inputHeight: height), filter: filter)
  }
}

extension InputGeometry {
  /// Traps unless the geometry is of a photo of this size.
  func checkPhoto(width: Int, height: Int) {
    precondition(
      photoWidth == width && photoHeight == height,
      "resampled: the geometry is of \(photoWidth) x \(photoHeight), not \(width) x \(height)")
  }

  /// Pillow's order of the two passes, as of its version 13: rows first, unless the height shrinks by more than
  /// twice what the width shrinks by (earlier versions always begin with rows). It shows in the last bit only.
  var resizesVerticallyFirst: Bool {
    let shrinks = (width: photoWidth - resizedWidth, height: photoHeight - resizedHeight)
    return shrinks.height > 0 && shrinks.height > 2 * shrinks.width
  }
}
