import FoveaImage

/// Reads a data set's mask files as classes.
///
/// Grey files hold ids, which the label set maps to classes, and so do the indices of a palette, unless the palette
/// is the label set's own; files in color hold the label set's colors. A set without colors has none to be read by.
public struct MaskReader: Sendable {
  private enum Meaning: Hashable {
    case index(UInt16)
    case ignored
  }

  private let labels: LabelSet
  private let ids: [Int: Meaning]
  private let colors: [RGB: Meaning]
  /// The color of each class of the set, in its order, where all have one.
  private let palette: [RGB]
  /// What each class of the set means.
  private let order: [Meaning]

  /// A reader of a data set's masks. Throws with status `unsupported` for more classes than a mask can hold.
  public init(_ labels: LabelSet) throws(FoveaError) {
    try self.init(labels, order: Array(labels.classes.indices))
  }

  /// The same where classes are to be those of a model: `order` has the model's for each of the set's.
  init(_ labels: LabelSet, order: [Int]) throws(FoveaError) {
    let count = max(labels.classes.count, (order.max() ?? 0) + 1)
    guard count <= Segmentation.classLimit else {
      throw FoveaError(
        path: labels.name,
        reason: "has \(count) classes, and a mask holds at most \(Segmentation.classLimit)",
        status: .unsupported)
    }
    let order = order.map { Meaning.index(UInt16($0)) }
    (self.labels, self.order) = (labels, order)
    var ids: [Int: Meaning] = [:]
    if let said = labels.maskIDs {
      for (id, index) in said.classes { ids[Int(id) ?? -1] = order[index] }
      for id in said.ignored { ids[id] = .ignored }
    } else {
      for entry in labels.classes { ids[entry.index] = order[entry.index] }
    }
    self.ids = ids
    let stated = labels.classes.map { $0.color.flatMap(Palette.color) }
    palette = stated.compactMap(\.self).count == stated.count ? stated.compactMap(\.self) : []
    var colors: [RGB: Meaning] = [:]
    if stated.contains(where: { $0 != nil }) {
      colors[labels.ignoredColor.flatMap(Palette.color) ?? .black] = .ignored
    }
    for (index, color) in stated.enumerated() {
      if let color { colors[color] = order[index] }
    }
    self.colors = colors
  }

  /// The classes of a mask, (H, W), `Segmentation.unseen` where a pixel counts for nothing.
  ///
  /// Throws with status `badData` for a JPEG, whose samples are near what they were, and for an id or a color that
  /// the label set does not know; `unsupported` for 16 bits.
  public func read(_ path: String) throws(FoveaError) -> (width: Int, height: Int, classes: [UInt16]) {
    var options = DecodingOptions()
    // the samples as they are stored: no alpha, no colour profile, no orientation
    options.pilParity = true
    do {
      let header = try ImageReader(.file(path), options: options).header
      try check(header, path)
      if header.storedAs == "palette", let indexed = try IndexedImage(.file(path)) {
        return (indexed.width, indexed.height, try classes(indexed, path))
      }
      let image = try DecodedImage(.file(path), options: options).image
      return (image.width, image.height, try classes(image, header, path))
    } catch let error as ImageError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(running: error, path: path)
    }
  }

  private func check(_ header: ImageHeader, _ path: String) throws(FoveaError) {
    guard header.format == .png else {
      throw FoveaError(
        path: path, reason: "is a JPEG, which keeps no ids: its samples are only near what they were",
        hint: "save masks as PNG, from the start", status: .badData)
    }
    guard header.bitDepth <= 8 else {
      throw FoveaError(
        path: path, reason: "masks of 16 bits are not read", hint: "convert it to 8-bit grey",
        status: .unsupported)
    }
  }

  /// What each index of a palette means: an id, or its color's class where the palette is the set's own.
  private func classes(_ image: IndexedImage, _ path: String) throws(FoveaError) -> [UInt16] {
    var isUsed = [Bool](repeating: false, count: 256)
    for index in image.indices { isUsed[Int(index)] = true }
    let used = (UInt8.min...UInt8.max).filter { isUsed[Int($0)] }
    let isOwn = isOwn(image.palette, used)
    let isInOrder = !palette.isEmpty && image.palette.starts(with: palette)
    var meanings = [UInt16](repeating: Segmentation.unseen, count: 256)
    for index in used {
      let color = Int(index) < image.palette.count ? image.palette[Int(index)] : nil
      var meaning = ids[Int(index)]
      if isInOrder, Int(index) < palette.count {
        meaning = order[Int(index)]
      } else if isOwn, let color, let own = colors[color] {
        meaning = own
      }
      guard let meaning else { throw unknown("id \(index)", path) }
      if case .index(let place) = meaning { meanings[Int(index)] = place }
    }
    return image.indices.map { meanings[Int($0)] }
  }

  /// True where a palette is the label set's: its colors in its order, or none that it does not know but for black
  /// that fills the rest.
  private func isOwn(_ palette: [RGB], _ used: [UInt8]) -> Bool {
    guard !colors.isEmpty else { return false }
    return !self.palette.isEmpty && palette.starts(with: self.palette)
      || palette.enumerated().allSatisfy { index, color in
        colors[color] != nil || color == .black && !used.contains(UInt8(index))
      }
  }

  private func classes(
    _ image: Image, _ header: ImageHeader, _ path: String
  ) throws(FoveaError) -> [UInt16] {
    let isGrey = header.storedAs.hasPrefix("grey")
    guard isGrey || !colors.isEmpty else {
      throw FoveaError(
        path: path, reason: "is in color, and \(labels.name) states no colors",
        hint: "give its classes their colors in labels.json, or save masks as grey ids", status: .badData)
    }
    // samples of fewer bits were spread over 0…255
    let step = isGrey ? 255 / (1 << header.bitDepth - 1) : 1
    var classes = [UInt16](repeating: Segmentation.unseen, count: image.width * image.height)
    for pixel in classes.indices {
      let start = 3 * pixel
      let color = RGB(image.pixels[start], image.pixels[start + 1], image.pixels[start + 2])
      guard let meaning = isGrey ? ids[Int(color.red) / step] : colors[color] else {
        throw unknown(isGrey ? "id \(Int(color.red) / step)" : "color \(color)", path)
      }
      if case .index(let index) = meaning { classes[pixel] = index }
    }
    return classes
  }

  private func unknown(_ what: String, _ path: String) -> FoveaError {
    FoveaError(
      path: path, reason: "has \(what), which \(labels.name) does not know",
      hint: "--dataset chooses another label set", status: .badData)
  }
}
