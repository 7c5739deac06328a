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
    let reader = try source.reader(images.decoding)
    guard (images.fit ?? .native) == .native, reader.appliedOrientation == .upright else {
      let answer = try segment(reader, path: source.messagePath, images: images)
      try answer.writeMask(to: path)
      return MaskSummary(
        width: answer.width, height: answer.height, classes: answer.classes, warnings: answer.warnings)
    }
    let counts = try run(reader, named: source.messagePath, writingTo: path)
    return MaskSummary(
      width: reader.uprightWidth, height: reader.uprightHeight,
      classes: counts.shares(label: model.label), warnings: reader.warnings)
  }

  /// Runs the network on rows as they are decoded, and writes classes as they are computed.
  private func run(
    _ reader: ImageReader, named name: String, writingTo path: String
  ) throws(FoveaError) -> ClassCounts {
    let shape = Shape(height: reader.uprightHeight, width: reader.uprightWidth, channels: 3)
    try model.checkMemory(shape, outputs: [logits], path: name, streams: true)
    let normalizer = RowNormalizer(model.preprocessing(fit: .native))
    var pixels = [UInt8](repeating: 0, count: shape.width * 3)
    do {
      return try model.engine.run(
        image: shape,
        rows: { row, target in
          try pixels.withUnsafeMutableBufferPointer { pixels in
            try reader.readRow(into: pixels)
            normalizer.normalize(UnsafeBufferPointer(pixels), into: target)
          }
          if row == shape.height - 1 { try reader.finish() }
        }, outputs: [logits], body: { try write($0[0], shape, to: path) })
    } catch let error as ImageError {
      throw FoveaError(error, path: name)
    } catch let error as EncodingError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(running: error, path: name)
    }
  }

  /// Writes the classes of a picture row by row.
  private func write(_ logits: OutputMap, _ picture: Shape, to path: String) throws -> ClassCounts {
    let colors = Palette(model.labelSet, classes: logits.shape.channels).colors
    let isIndexed = colors.count <= 256
    var counts = ClassCounts()
    var samples = [UInt8](repeating: 0, count: picture.width)
    let writer = try PNGWriter(
      path: path, layout: isIndexed ? .indexed(palette: colors) : .grey16, width: picture.width,
      height: picture.height)
    try logits.forEachClassRow(height: picture.height, width: picture.width, method: upsampling) { classes in
      counts.add(classes)
      guard isIndexed else { return try writer.writeRow(UnsafeRawBufferPointer(classes)) }
      for (column, index) in classes.enumerated() { samples[column] = UInt8(truncatingIfNeeded: index) }
      try samples.withUnsafeBytes { try writer.writeRow($0) }
    }
    try writer.finish()
    return counts
  }
}
