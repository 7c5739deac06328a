import FoveaImage

extension Segmentation {
  /// Writes the mask as a PNG of the picture's size: 8-bit indexed with the classes' colors, or 16-bit grey past
  /// 256 classes.
  ///
  /// Entry i of the palette is class i, and the last one what the network did not see, where there is any.
  /// The file appears whole or not at all. Throws with status `cannotCreate` or `inputOutput`, or `badData` where
  /// a pixel is `undecided`.
  public func writeMask(to path: String) throws(FoveaError) {
    guard !mask.contains(Self.undecided) else { throw FoveaError(undecidedIn: path) }
    let hasUnseen = mask.contains(Self.unseen)
    let entries = hasUnseen ? 256 : palette.colors.count
    do {
      guard palette.colors.count < entries || !hasUnseen, entries <= 256 else {
        return try PNGEncoder.writeGrey16(mask, width: width, height: height, to: path)
      }
      var colors = palette.colors
      if hasUnseen { colors += [RGB](repeating: palette.ignored, count: entries - colors.count) }
      let samples = mask.map { UInt8(truncatingIfNeeded: $0) }
      try PNGEncoder.write(samples, .indexed(palette: colors), width: width, height: height, to: path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// The picture with every pixel mixed with its class's color; nil where the picture was not kept. O(pixels).
  public func overlay(opacity: Double = 0.5) -> Image? {
    photo?.overlaid(labels: mask, palette: palette.colors, opacity: opacity)
  }
}

extension FoveaError {
  /// A picture or a mask for which a model has no classes.
  init(undecidedIn path: String) {
    self.init(
      path: path, reason: "the model's logits are no numbers", hint: "'fovea verify MODEL' looks it over",
      status: .badData)
  }
}

extension Image {
  /// Writes the picture as an 8-bit RGB PNG, which appears whole or not at all.
  ///
  /// Throws with status `cannotCreate` or `inputOutput`.
  public func write(to path: String) throws(FoveaError) {
    do {
      try PNGEncoder.write(self, to: path)
    } catch {
      throw FoveaError(error, path: path)
    }
  }

  /// The picture as the bytes of an 8-bit RGB PNG.
  package func pngBytes() throws(FoveaError) -> [UInt8] {
    do {
      return try PNGEncoder.bytes(self)
    } catch {
      throw FoveaError(error, path: "image")
    }
  }
}
