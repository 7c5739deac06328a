import CFoveaKernels
import FoveaGraph

extension Engine {
  /// The class of every pixel: the greatest of the logits, resampled to a size; the first of equal ones.
  ///
  /// (1, h, w, C) → height·width indices, rows from top to bottom, or those of `rows` alone. The resampled
  /// logits exist one row a thread at a time. Throws `EngineError.outOfMemory`. Cost: the rows' pixels·C times
  /// the method's taps.
  public func argmaxUpsampled(
    logits: FeatureMap, height: Int, width: Int, method: Resampling, rows wanted: Range<Int>? = nil
  ) throws(EngineError) -> [UInt16] {
    precondition(logits.shape.batch == 1, "one image's logits at a time, not \(logits.shape)")
    guard let table = fovea_kernels_for(instructionSet.code, FOVEA_FLOAT32) else {
      throw .unsupportedPrecision(.float32, instructionSet)
    }
    let stage = ResampleStage(
      from: logits.shape, to: Shape(height: height, width: width, channels: logits.shape.channels),
      method: method)
    let rowBytes = width * logits.shape.channels * 4
    let rows = try AlignedBuffer(byteCount: rowBytes * pool.count)
    let wanted = wanted ?? 0..<height
    var classes = [UInt16](repeating: 0, count: wanted.count * width)
    classes.withUnsafeMutableBufferPointer { classes in
      let target = SharedPointer(classes.baseAddress)
      logits.values.withUnsafeBytes { values in
        guard let source = values.baseAddress else { return }
        let input = MapView(whole: UnsafeMutableRawPointer(mutating: source), logits.shape)
        pool.run { thread in
          for index in ThreadPool.share(of: wanted.count, thread: thread, threads: pool.count) {
            let row = wanted.lowerBound + index
            let output = MapView(
              oneRow: rows.base + thread * rowBytes, height: height, width: width,
              channels: logits.shape.channels)
            let maps = StageMaps(kernels: table, input: input, output: output, scratch: rows.base)
            stage.run(Area(rows: row..<row + 1, columns: 0..<width), maps)
            var request = fovea_argmax(
              rows: width, channels: logits.shape.channels, input: output.base,
              input_stride: logits.shape.channels, indices: target.pointer.map { $0 + index * width })
            table.pointee.argmax(&request)
          }
        }
      }
    }
    return classes
  }
}

/// A pointer that threads share, each for its own part of the memory.
struct SharedPointer<Element>: @unchecked Sendable {
  let pointer: UnsafeMutablePointer<Element>?
  init(_ pointer: UnsafeMutablePointer<Element>?) { self.pointer = pointer }
}

extension MapView {
  /// One image of float32 elements in the caller's memory.
  init(whole base: UnsafeMutableRawPointer, _ shape: Shape) {
    self.init(
      base: base, pixelStride: shape.channels, rowStride: shape.width * shape.channels,
      capacity: shape.height, firstColumn: 0, height: shape.height, width: shape.width,
      keptColumns: shape.width, elementSize: 4)
  }

  /// A row of float32 elements that every row of a map takes in turn.
  init(oneRow base: UnsafeMutableRawPointer, height: Int, width: Int, channels: Int) {
    self.init(
      base: base, pixelStride: channels, rowStride: width * channels, capacity: 1, firstColumn: 0,
      height: height, width: width, keptColumns: width, elementSize: 4)
  }
}
