import FoveaEngine
import FoveaGraph
import FoveaImage

extension LoadedModel {
  /// Whether the network can see an image's rows as they are decoded: at their own size, and upright.
  func takesRows(of reader: ImageReader, fit: Fit) -> Bool {
    fit == .native && reader.appliedOrientation == .upright
  }

  /// Runs the network on rows as they are decoded, and hands over the results where they lie.
  ///
  /// Neither the picture nor its finest maps are held whole; with `flow` `.passing` the last result need not be
  /// either. Throws what `body` throws, and `FoveaError` for an image that cannot be read or a run over the memory
  /// limit.
  func run<Result>(
    _ reader: ImageReader, named name: String, outputs: [Value], flow: RowFlow,
    body: ([OutputMap]) throws -> Result
  ) throws(FoveaError) -> Result {
    let shape = inputShape(height: reader.uprightHeight, width: reader.uprightWidth)
    try checkMemory(shape, outputs: outputs, path: name, flow: flow)
    let normalizer = RowNormalizer(preprocessing(fit: .native))
    var pixels = [UInt8](repeating: 0, count: reader.keeps16Bits ? 0 : shape.width * 3)
    var kept = [Float](repeating: 0, count: reader.keeps16Bits ? shape.width * 3 : 0)
    do {
      return try engine.run(
        image: shape,
        rows: { row, target in
          if reader.keeps16Bits {
            try kept.withUnsafeMutableBufferPointer { kept in
              try reader.readRow(into: kept)
              normalizer.normalize(UnsafeBufferPointer(kept), into: target)
            }
          } else {
            try pixels.withUnsafeMutableBufferPointer { pixels in
              try reader.readRow(into: pixels)
              normalizer.normalize(UnsafeBufferPointer(pixels), into: target)
            }
          }
          if row == shape.height - 1 { try reader.finish() }
        }, outputs: outputs, flow: flow, body: body)
    } catch let error as ImageError {
      throw FoveaError(error, path: name)
    } catch {
      throw FoveaError(running: error, path: name)
    }
  }
}
