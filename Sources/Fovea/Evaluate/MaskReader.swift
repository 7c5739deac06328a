import FoveaImage

/// Reads a data set's mask files as classes.
///
/// Grey files hold ids, which the label set maps to classes; files in color hold the label set's colors.
public struct MaskReader: Sendable {
  private enum Meaning: Hashable {
    case index(UInt16)
    case ignored
  }

  private let labels: LabelSet
  private let ids: [Int: Meaning]
  private let colors: [RGB: Meaning]

  /// A reader of a data set's masks.
  public init(_ labels: LabelSet) {
    self.labels = labels
    var ids: [Int: Meaning] = [:]
    if let said = labels.maskIDs {
      for (id, index) in said.classes { ids[Int(id) ?? -1] = .index(UInt16(index)) }
      for id in said.ignored { ids[id] = .ignored }
    } else {
      for entry in labels.classes { ids[entry.index] = .index(UInt16(entry.index)) }
    }
    self.ids = ids
    let palette = Palette(labels, classes: labels.classes.count)
    var colors: [RGB: Meaning] = [palette.ignored: .ignored]
    for (index, color) in palette.colors.enumerated() { colors[color] = .index(UInt16(index)) }
    self.colors = colors
  }

  /// The classes of a mask, (H, W), `Segmentation.unseen` where a pixel counts for nothing.
  ///
  /// Throws with status `badData` for an id or a color that the label set does not know.
  public func read(_ path: String) throws(FoveaError) -> (width: Int, height: Int, classes: [UInt16]) {
    var options = DecodingOptions()
    // the samples as they are stored: no alpha, no colour profile, no orientation
    options.pilParity = true
    let decoded: DecodedImage
    do {
      decoded = try DecodedImage(.file(path), options: options)
    } catch {
      throw FoveaError(error, path: path)
    }
    let (image, header) = (decoded.image, decoded.header)
    let isGrey = header.storedAs.hasPrefix("grey")
    guard !isGrey || header.bitDepth <= 8 else {
      throw FoveaError(
        path: path, reason: "masks of 16 bits are not read", hint: "convert it to 8-bit grey",
        status: .unsupported)
    }
    // Samples of fewer bits were spread over 0…255.
    let step = isGrey ? 255 / (1 << header.bitDepth - 1) : 1
    var classes = [UInt16](repeating: Segmentation.unseen, count: image.width * image.height)
    for pixel in classes.indices {
      let start = 3 * pixel
      let color = RGB(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
      guard let meaning = isGrey ? ids[Int(color.red) / step] : colors[color] else {
        let name = isGrey ? "id \(Int(color.red) / step)" : "color \(color)"
        throw FoveaError(
          path: path, reason: "has \(name), which \(labels.name) does not know",
          hint: "--dataset chooses another label set", status: .badData)
      }
      if case .index(let index) = meaning { classes[pixel] = index }
    }
    return (image.width, image.height, classes)
  }
}
