import CFoveaCodecs

extension ImageReader {
  /// What will be done to the samples, one sentence a step, in order.
  func describeSteps() -> [String] {
    var steps = [
      "decode \(header.format.rawValue): \(header.width) x \(header.height), \(header.storedAs), "
        + "\(header.bitDepth) bits"
    ]
    if appliedOrientation != .upright {
      steps.append("EXIF orientation \(appliedOrientation.rawValue): \(appliedOrientation.action)")
    }
    if case .transform = color { steps.append("colours to sRGB, perceptually") }
    if keeps16Bits {
      steps.append("16 bits kept, as float by 257")
    } else if conversion.isWide {
      switch conversion.narrowing {
      case .by257: steps.append("16 to 8 bits by 257, rounded")
      case .highByte: steps.append("16 bits to their high byte")
      case .clipped: steps.append("16 bits clipped at 255, as Pillow does")
      }
    }
    if conversion.hasAlpha {
      steps.append(options.pilParity ? "drop alpha" : "alpha over the background \(options.background)")
    }
    if header.storedAs.hasPrefix("grey") && conversion.isGrey { steps.append("replicate grey to R, G, B") }
    if conversion.layout == FOVEA_CMYK { steps.append("multiply inks: CMYK to RGB") }
    return steps
  }
}
