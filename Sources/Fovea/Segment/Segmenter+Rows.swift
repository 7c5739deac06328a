import FoveaEngine
import FoveaGraph
import FoveaImage

/// What a mask that went straight to its file holds.
public struct MaskSummary: Sendable {
  /// Columns of the upright picture.
  public let width: Int
  /// Rows of the upright picture.
  public let height: Int
  /// The classes that occur, the largest first.
  public let classes: [Segmentation.Share]
  /// What was odd about the file; empty for a sound one.
  public let warnings: [String]
}

extension Segmenter {
  /// Segments an image file into a PNG mask; the same file as `segment` and `writeMask` give.
  ///
  /// Where the network sees the picture at its own size and upright, rows are decoded, run and written one by
  /// one, so that neither the picture nor its mask is ever held whole. The file appears whole or not at all.
  public func writeMask(
    of source: ImageSource, to path: String, images: ImageOptions = .init()
  ) throws(FoveaError) -> MaskSummary {
    let reader = try source.reader(model.decoding(images))
    guard model.takesRows(of: reader, fit: images.fit ?? .native) else {
      let answer = try segment(reader, path: source.messagePath, images: images)
      try answer.writeMask(to: path)
      return MaskSummary(
        width: answer.width, height: answer.height, classes: answer.classes, warnings: answer.warnings)
    }
    let (width, height) = (reader.uprightWidth, reader.uprightHeight)
    let counts = try model.run(reader, named: source.messagePath, outputs: [logits], flow: .passing) { maps in
      do {
        return try write(maps[0], height: height, width: width, to: path)
      } catch let error as EncodingError {
        throw FoveaError(error, path: path)
      }
    }
    return MaskSummary(
      width: width, height: height, classes: counts.shares(label: model.label), warnings: reader.warnings)
  }

  /// Writes the classes of a picture row by row.
  private func write(_ logits: OutputMap, height: Int, width: Int, to path: String) throws -> ClassCounts {
    let colors = Palette(model.labelSet, classes: logits.shape.channels).colors
    let isIndexed = colors.count <= 256
    var counts = ClassCounts()
    var samples = [UInt8](repeating: 0, count: width)
    let writer = try PNGWriter(
      path: path, layout: isIndexed ? .indexed(palette: colors) : .grey16, width: width,
      height: height)
    try logits.forEachClassRow(height: height, width: width, method: upsampling) { classes in
      guard !classes.contains(Segmentation.undecided) else { throw FoveaError(undecidedIn: path) }
      counts.add(classes)
      guard isIndexed else { return try writer.writeRow(UnsafeRawBufferPointer(classes)) }
      for (column, index) in classes.enumerated() { samples[column] = UInt8(truncatingIfNeeded: index) }
      try samples.withUnsafeBytes { try writer.writeRow($0) }
    }
    try writer.finish()
    return counts
  }
}
