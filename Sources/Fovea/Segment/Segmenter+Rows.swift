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
    let logits = try logits(of: reader, path: source.messagePath)
    let (width, height) = (reader.uprightWidth, reader.uprightHeight)
    let counts = try write(logits, width: width, height: height, to: path)
    return MaskSummary(
      width: width, height: height, classes: counts.shares(label: model.label), warnings: reader.warnings)
  }

  /// Runs the network on rows as they are decoded.
  private func logits(of reader: ImageReader, path: String) throws(FoveaError) -> FeatureMap {
    let (width, height) = (reader.uprightWidth, reader.uprightHeight)
    let shape = Shape(height: height, width: width, channels: 3)
    try model.checkMemory(shape, outputs: [logits], path: path, streams: true)
    let preprocessing = model.preprocessing(fit: .native)
    var pixels = Image(width: width, height: 1, filledWith: .black)
    do {
      return try model.engine.run(
        image: shape,
        rows: { row, target in
          try pixels.pixels.withUnsafeMutableBufferPointer { try reader.readRow(into: $0) }
          preprocessing.normalize(pixels, into: target)
          if row == height - 1 { try reader.finish() }
        }, outputs: [logits], body: { $0[0].whole })
    } catch let error as ImageError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(running: error, path: path)
    }
  }

  /// Writes the classes of a picture, 64 rows at a time.
  private func write(
    _ logits: FeatureMap, width: Int, height: Int, to path: String
  ) throws(FoveaError) -> ClassCounts {
    let colors = Palette(model.labelSet, classes: logits.shape.channels).colors
    let isIndexed = colors.count <= 256
    var counts = ClassCounts()
    do {
      let writer = try PNGWriter(
        path: path, layout: isIndexed ? .indexed(palette: colors) : .grey16, width: width, height: height)
      for start in stride(from: 0, to: height, by: 64) {
        let rows = start..<min(start + 64, height)
        let classes = try model.engine.argmaxUpsampled(
          logits: logits, height: height, width: width, method: upsampling, rows: rows)
        counts.add(classes)
        for row in 0..<rows.count {
          let samples = classes[row * width..<(row + 1) * width]
          if isIndexed {
            try samples.map { UInt8(truncatingIfNeeded: $0) }.withUnsafeBytes { try writer.writeRow($0) }
          } else {
            try samples.withUnsafeBytes { try writer.writeRow($0) }
          }
        }
      }
      try writer.finish()
    } catch let error as EncodingError {
      throw FoveaError(error, path: path)
    } catch {
      throw FoveaError(running: error, path: path)
    }
    return counts
  }
}

extension OutputMap {
  /// The whole map, copied out of the engine's memory.
  fileprivate var whole: FeatureMap {
    var map = FeatureMap(zeros: shape)
    let elements = shape.width * shape.channels
    map.values.withUnsafeMutableBufferPointer { values in
      for row in 0..<shape.height {
        read(
          row: row, into: UnsafeMutableBufferPointer(rebasing: values[row * elements..<(row + 1) * elements]))
      }
    }
    return map
  }
}
